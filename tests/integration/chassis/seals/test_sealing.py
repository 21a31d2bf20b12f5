"""What a publisher has sent, it seals: once, when the span is over and nothing of it waits (DESIGN §2.12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from services.chassis.outbox import outbox
from services.chassis.platform_events import STREAM_SEALED
from services.chassis.seals.runs import RUN, digest
from services.chassis.seals.sealing import LOOK_BACK, seals
from services.chassis.testing.clock import ManualClock
from tests.integration.chassis.seals.conftest import SOLD, Side

Sell = Callable[..., list[bytes]]


def sealed(seller: Side) -> list[tuple[str, int]]:
    return [(event.data["type"], event.data["count"]) for event in seller.recorded(STREAM_SEALED)]


def test_each_type_is_sealed_for_itself_with_range_count_and_digest(
    seller: Side, sell: Sell, clock: ManualClock
) -> None:
    # Given
    with seller.database.begin() as work:
        ids = [work.record(SOLD, "till", {"amount": n}) for n in range(3)]
    seller.send()
    sell(1, name="shop.closed")

    # When
    clock.advance(hours=1, minutes=1)
    seller.seals.sealing.step()

    # Then
    assert sorted(sealed(seller)) == [("shop.closed", 1), (SOLD, 3)]
    (seal,) = (event for event in seller.recorded(STREAM_SEALED) if event.data["type"] == SOLD)
    assert seal.data["after"] < ids[0]
    assert seal.data["until"] == ids[-1]
    assert seal.data["digest"] == digest(ids)
    assert seal.data["consumer"] is None


def test_a_span_is_sealed_once(seller: Side, sell: Sell, clock: ManualClock) -> None:
    sell(1, 2)
    clock.advance(hours=1, minutes=1)

    assert seller.seals.sealing.step() is False
    assert seller.seals.sealing.step() is False

    assert sealed(seller) == [(SOLD, 2)]


def test_nothing_is_sealed_before_the_span_and_the_margin_are_over(
    seller: Side, sell: Sell, clock: ManualClock
) -> None:
    # Given an event of this hour
    sell(1)
    now = clock.now()
    over = timedelta(hours=1) - timedelta(
        minutes=now.minute, seconds=now.second, microseconds=now.microsecond
    )

    # When the hour is over, but not the time in which a transaction of it may still be open
    clock.advance(seconds=over.total_seconds() + 59)
    seller.seals.sealing.step()
    assert sealed(seller) == []

    # Then it is sealed a second later
    clock.advance(seconds=1)
    seller.seals.sealing.step()
    assert sealed(seller) == [(SOLD, 1)]


def test_a_seal_waits_for_what_is_not_sent_yet(seller: Side, sell: Sell, clock: ManualClock) -> None:
    # Given one that was sent and one that waits
    sell(1)
    with seller.database.begin() as work:
        work.record(SOLD, "till", {"amount": 2})
    clock.advance(hours=1, minutes=1)

    # When
    seller.seals.sealing.step()
    assert sealed(seller) == []

    # Then both are sealed once the second was sent
    seller.send()
    seller.seals.sealing.step()
    assert sealed(seller) == [(SOLD, 2)]


def test_what_may_not_be_published_any_more_holds_up_no_seal(
    seller: Side, sell: Sell, clock: ManualClock
) -> None:
    # Given an event whose name was taken from this service while it waited
    sell(1)
    with seller.database.begin() as work:
        work.record(SOLD, "till", {"amount": 2})
        work.flush()
        work.connection.execute(outbox.update().values(name="shop.bartered"))

    # When
    clock.advance(hours=1, minutes=1)
    seller.seals.sealing.step()

    # Then
    assert sealed(seller) == [(SOLD, 1)]


def test_a_publisher_that_was_down_seals_what_it_sent_before(
    seller: Side, sell: Sell, clock: ManualClock
) -> None:
    sell(1, 2)

    clock.advance(days=2)
    seller.seals.sealing.step()

    assert sealed(seller) == [(SOLD, 2)]


def test_what_lies_too_far_back_is_not_sealed(seller: Side, sell: Sell, clock: ManualClock) -> None:
    sell(1, 2)

    clock.advance(seconds=LOOK_BACK.total_seconds() + 1)
    seller.seals.sealing.step()

    assert sealed(seller) == []


def test_many_events_are_sealed_in_runs_that_leave_nothing_between_them(
    seller: Side, sell: Sell, clock: ManualClock
) -> None:
    # Given
    sell(*range(2 * RUN + 7))

    # When
    clock.advance(hours=1, minutes=1)
    seller.seals.sealing.step()

    # Then
    runs = [event.data for event in seller.recorded(STREAM_SEALED)]
    assert [run["count"] for run in runs] == [RUN, RUN, 7]
    assert [run["after"] for run in runs[1:]] == [run["until"] for run in runs[:-1]]


def test_two_workers_do_not_both_seal(seller: Side, sell: Sell, clock: ManualClock) -> None:
    # Given one that is in the middle of it
    seller.seals.sealing.step()
    sell(1)
    clock.advance(hours=1, minutes=1)
    with seller.database.engine.begin() as other:
        other.execute(select(seals).with_for_update())

        # When another comes
        seller.seals.sealing.step()
        assert sealed(seller) == []

    # Then it does when the first is gone
    seller.seals.sealing.step()
    assert sealed(seller) == [(SOLD, 1)]


def test_an_event_committed_behind_the_seal_is_no_part_of_the_next(
    seller: Side, sell: Sell, clock: ManualClock
) -> None:
    # Given
    sell(1)
    clock.advance(hours=1, minutes=1)
    seller.seals.sealing.step()
    seller.send()

    # When another of that hour appears
    sell(2)
    clock.advance(hours=1)
    seller.seals.sealing.step()

    # Then
    assert sealed(seller) == []
