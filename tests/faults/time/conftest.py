"""Routing with its real database and handlers, for faults of time."""

from __future__ import annotations

from tests.integration.routing.conftest import (
    auth,
    caller,
    client,
    clock,
    database,
    handlers,
    passwords,
    platform,
    rows,
    set_policy,
    settings,
    staff,
    tell,
    told,
)

__all__ = [
    "auth",
    "caller",
    "client",
    "clock",
    "database",
    "handlers",
    "passwords",
    "platform",
    "rows",
    "set_policy",
    "settings",
    "staff",
    "tell",
    "told",
]
