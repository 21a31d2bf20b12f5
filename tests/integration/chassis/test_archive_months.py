"""Partitions of the archive are made ahead, healed, and dropped whole (RELIABILITY P22)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from services.chassis import archive, archive_months, outbox
from services.chassis.archive_months import Month
from services.chassis.database import Database
from services.chassis.testing import eventually
from services.chassis.testing.clock import ManualClock
from tests.integration.chassis.locks import waits_for_a_lock

NOVEMBER = Month(2026, 11)


def sell(shop: Database, at: datetime, *, send: bool = True) -> str:
    with replace(shop, clock=ManualClock(at)).begin() as work:
        id_ = work.record("shop.sold", "till", {"amount": 1})
    if send:
        with shop.begin() as work:
            archive.keep(work.connection, [id_], (), at)
    return id_


def provide(shop: Database, now: datetime) -> list[Month]:
    with shop.begin() as work:
        return archive_months.provide(work.connection, now)


def drop_before(shop: Database, before: datetime) -> list[Month]:
    dropped = []
    while True:
        with shop.begin() as work:
            month = archive_months.drop_oldest(work.connection, before, work.now)
        if month is None:
            return dropped
        dropped.append(month)


def held(shop: Database) -> Mapping[str, list[str]]:
    """Ids by the name of the partition that holds them."""
    found: dict[str, list[str]] = {}
    with shop.read() as connection:
        rows = connection.execute(
            select(text("tableoid::regclass::text AS partition"), archive.archive.c.id).order_by(
                archive.archive.c.id
            )
        )
        for row in rows:
            found.setdefault(row.partition, []).append(row.id)
    return found


def test_this_month_and_the_next_are_there_before_they_are_needed(shop: Database) -> None:
    # Given
    assert provide(shop, NOVEMBER.start) == [NOVEMBER, NOVEMBER.next]
    last = NOVEMBER.next.start - timedelta(microseconds=1)

    # When
    ids = [sell(shop, at) for at in (NOVEMBER.start, last, NOVEMBER.next.start)]

    # Then
    assert held(shop) == {"archive_2026_11": ids[:2], "archive_2026_12": ids[2:]}
    assert provide(shop, last) == []


def test_what_had_no_partition_was_kept_and_gets_one(shop: Database) -> None:
    # Given a program that slept over new year, and a clock that was wrong
    provide(shop, NOVEMBER.start)
    january = sell(shop, datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC))
    long_ago = sell(shop, datetime(2001, 1, 1, tzinfo=UTC))
    assert held(shop) == {"archive_default": [january, long_ago]}

    # When
    made = provide(shop, datetime(2027, 2, 1, tzinfo=UTC))

    # Then
    assert made == [Month(2001, 1), Month(2027, 1), Month(2027, 2), Month(2027, 3)]
    assert held(shop) == {"archive_2027_01": [january], "archive_2001_01": [long_ago]}


def test_only_whole_months_that_are_over_are_dropped_and_nothing_unsent(shop: Database) -> None:
    # Given a sent event in each of three months, and one as old that nobody has taken yet
    october = datetime(2026, 10, 15, tzinfo=UTC)
    for at in (october, NOVEMBER.start, NOVEMBER.next.start):
        sell(shop, at)
    unsent = sell(shop, october, send=False)
    provide(shop, NOVEMBER.next.start)
    with shop.read() as connection:
        assert archive_months.reaches_back_to(connection) is None

    # When the time of the first is over, and of the second nearly
    dropped = drop_before(shop, NOVEMBER.next.start - timedelta(microseconds=1))

    # Then
    assert dropped == [Month(2026, 10)]
    assert sorted(held(shop)) == ["archive_2026_11", "archive_2026_12"]
    with shop.read() as connection:
        assert archive_months.reaches_back_to(connection) == NOVEMBER.start
        assert list(connection.scalars(select(outbox.outbox.c.id))) == [unsent]


def test_an_erasure_reaches_every_partition(shop: Database) -> None:
    # Given personal events of one subject in two months and in the default partition
    provide(shop, NOVEMBER.start)
    for at in (NOVEMBER.start, NOVEMBER.next.start, datetime(2030, 1, 1, tzinfo=UTC)):
        id_ = sell(shop, at, send=False)
        with shop.begin() as work:
            archive.keep(work.connection, [id_], ("shop.sold",), at)
    assert len(held(shop)) == 3

    # When
    with shop.begin() as work:
        archive.forget(work.connection, "shop.sold", "till")

    # Then
    assert held(shop) == {}


def test_one_process_at_a_time_changes_partitions(shop: Database) -> None:
    with shop.begin() as busy:
        assert archive_months.provide(busy.connection, NOVEMBER.start)

        assert provide(shop, NOVEMBER.start) == []

    assert provide(shop, NOVEMBER.start) == []


def test_a_long_read_does_not_make_the_relay_wait_behind_it(shop: Database) -> None:
    # Given somebody who reads the archive for long
    provide(shop, NOVEMBER.start)
    with shop.read() as reader:
        archive.read(reader, ("shop.sold",))

        # When a partition is to be made meanwhile, it is given up soon
        with pytest.raises(OperationalError, match="lock timeout"):
            provide(shop, datetime(2027, 1, 1, tzinfo=UTC))

        # Then what was confirmed can be archived all the while
        sell(shop, NOVEMBER.start)

    assert provide(shop, datetime(2027, 1, 1, tzinfo=UTC)) == [Month(2027, 1), Month(2027, 2)]


def test_what_the_relay_archives_while_its_month_is_made_is_moved_too(shop: Database) -> None:
    # Given a relay that has put an event into the default partition and not committed yet
    with replace(shop, clock=ManualClock(NOVEMBER.start)).begin() as work:
        id_ = work.record("shop.sold", "till", {"amount": 1})
    done = threading.Event()

    def make() -> None:
        while not done.is_set():
            with suppress(OperationalError):
                provide(shop, NOVEMBER.start)
                done.set()

    with shop.begin() as relay:
        archive.keep(relay.connection, [id_], (), NOVEMBER.start)

        # When its month is made meanwhile
        maker = threading.Thread(target=make)
        maker.start()
        eventually(lambda: waits_for_a_lock(shop))
    maker.join()

    # Then
    assert held(shop) == {"archive_2026_11": [id_]}
