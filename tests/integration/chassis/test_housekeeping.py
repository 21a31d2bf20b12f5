"""What nobody asks for any more is cleared away, in rounds that stand in nobody's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.chassis import archive, archive_months
from services.chassis.archive_months import Month
from services.chassis.database import Database
from services.chassis.housekeeping import Housekeeping
from services.chassis.http.tables import idempotency_keys
from services.chassis.testing.clock import DEFAULT_START, ManualClock


@pytest.fixture
def still(shop: Database, clock: ManualClock) -> Database:
    return replace(shop, clock=clock)


def housekeeping(shop: Database, archive_days: int = 0) -> Housekeeping:
    return Housekeeping(shop, archive_days=archive_days, inbox_days=90)


def a_round(keeping: Housekeeping) -> None:
    while keeping.step():
        pass


def sell(shop: Database) -> str:
    with shop.begin() as work:
        id_ = work.record("shop.sold", "till", {"amount": 1})
    with shop.begin() as work:
        archive.keep(work.connection, [id_], (), work.now)
    return id_


def months(shop: Database) -> list[Month]:
    with shop.read() as connection:
        return archive_months.months(connection)


def archived(shop: Database) -> list[str]:
    with shop.read() as connection:
        return [event.id for event in archive.read(connection, ("shop.sold",))]


def test_the_archive_is_kept_for_ever_unless_somebody_says_how_long(
    still: Database, clock: ManualClock
) -> None:
    # Given an event in each of four months
    a_round(housekeeping(still))
    ids = []
    for _ in range(4):
        ids.append(sell(still))
        clock.advance(days=31)
        a_round(housekeeping(still))
    assert archived(still) == ids

    # When sixty days are to be enough
    a_round(housekeeping(still, archive_days=60))

    # Then what lies in months that were over by then is gone
    assert archived(still) == ids[2:]
    oldest = months(still)[0]
    assert oldest.next.start > clock.now() - timedelta(days=60) >= oldest.start


def test_old_answers_are_deleted(still: Database, clock: ManualClock) -> None:
    # Given
    row = {"caller": "public", "fingerprint": "", "status": 201, "body": {}}
    with still.begin() as work:
        for key, at in (("old", DEFAULT_START), ("new", DEFAULT_START + timedelta(days=7))):
            work.connection.execute(idempotency_keys.insert().values(key=key, created_at=at, **row))

    # When
    clock.advance(days=7, seconds=1)
    a_round(housekeeping(still))

    # Then
    with still.read() as connection:
        assert list(connection.scalars(select(idempotency_keys.c.key))) == ["new"]


def test_a_long_read_of_the_archive_delays_its_partitions_alone(still: Database, clock: ManualClock) -> None:
    # Given a partition whose time is over
    a_round(housekeeping(still))
    id_ = sell(still)
    clock.advance(days=100)
    keeping = housekeeping(still, archive_days=30)

    # When somebody reads
    with still.read() as reader:
        reader.scalar(select(func.count()).select_from(archive.archive))
        a_round(keeping)

    # Then the next round does it
    assert archived(still) == [id_]
    a_round(keeping)
    assert archived(still) == []
