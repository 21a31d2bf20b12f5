"""The gauges tell what is, or nothing: an old value would tell of calm during an outage (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from services.chassis.database import Database
from services.chassis.gauges import Gauges
from services.chassis.loops import Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.platform import Platform
from services.chassis.testing.auth import TestAuth
from services.chassis.testing.clock import ManualClock
from services.chassis.transport.postgres import PostgresConsumer
from tests.integration.chassis.conftest import CATALOGUE

NAMES = ("linli_outbox_pending", "linli_outbox_oldest_seconds", "linli_dead_letters")


@dataclass
class Known(PostgresConsumer):
    """A consumer of which so much is known."""

    count: int | None

    def consumers(self) -> int | None:
        return self.count


@pytest.fixture
def gauges(
    shop: Database, clock: ManualClock, metrics: PlatformMetrics
) -> Callable[[Database, int | None], Gauges]:
    """A function that makes the gauges of a service over this database, with so many consumers."""

    def make(database: Database, consumers: int | None) -> Gauges:
        gate = TestAuth(clock).gate()
        on = Platform("shop", database, clock, metrics, Stop(), None, None, gate)  # type: ignore[arg-type]
        return Gauges(on, Known(consumers))

    return make


def value(metrics: PlatformMetrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(name, {"service": "shop"})


def test_they_tell_what_waits_and_for_how_long(
    gauges: Callable[[Database, int | None], Gauges],
    shop: Database,
    clock: ManualClock,
    metrics: PlatformMetrics,
) -> None:
    # Given two events recorded a minute ago
    still = replace(shop, clock=clock)
    with still.begin() as work:
        work.record("shop.sold", "till", {"amount": 1})
        work.record("shop.sold", "till", {"amount": 2})
    clock.advance(minutes=1)

    # When
    gauges(still, 2).step()

    # Then
    assert [value(metrics, name) for name in NAMES] == [2, 60, 0]
    assert value(metrics, "linli_consumer_count") == 2


def test_what_cannot_be_read_any_more_has_no_value(
    gauges: Callable[[Database, int | None], Gauges], shop: Database, metrics: PlatformMetrics
) -> None:
    # Given
    gauges(shop, 1).step()
    assert value(metrics, "linli_dead_letters") == 0

    # When database and broker go away
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(OperationalError):
        gauges(Database("shop", nowhere, CATALOGUE, shop.clock), None).step()

    # Then
    assert [value(metrics, name) for name in (*NAMES, "linli_consumer_count")] == [None] * 4
