"""The toy installation of the chassis, for faults below the services: two databases, a relay, a consumer, a broker."""

from __future__ import annotations

from tests.integration.chassis.conftest import (
    books,
    clock,
    ledger,
    management,
    metrics,
    path,
    postgres_transport,
    proxy,
    queue_table,
    rabbit_transport,
    shop,
    still,
    stop,
    through_proxy,
    toy_database,
    toy_template,
    transport,
)

__all__ = [
    "books",
    "clock",
    "ledger",
    "management",
    "metrics",
    "path",
    "postgres_transport",
    "proxy",
    "queue_table",
    "rabbit_transport",
    "shop",
    "still",
    "stop",
    "through_proxy",
    "toy_database",
    "toy_template",
    "transport",
]
