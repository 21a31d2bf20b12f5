"""What the inbox has forgotten takes no effect twice (DESIGN §2.3, RELIABILITY F17)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.chassis import dead_letter_decisions, generations, horizons
from services.chassis.database import Database
from services.chassis.dead_letter_replay import DeadLetterReplay
from services.chassis.dead_letters import Status, dead_letters
from services.chassis.envelope import encode
from services.chassis.events import Event
from services.chassis.handling import Handling
from services.chassis.housekeeping import Housekeeping
from services.chassis.ids import first_id, new_id
from services.chassis.inbox import inbox
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.chassis.testing.services import make_event
from tests.integration.chassis.conftest import CATALOGUE, entries

DAYS = 90


def sale(days_ago: float, till: str = "till") -> Event:
    """An event of so many days ago, with an id of then."""
    at = DEFAULT_START - timedelta(days=days_ago)
    id_ = first_id(at)[:14] + new_id()[14:]
    return make_event("shop.sold", till, {"amount": 1}, source="shop", id=id_, time=at)


def deliver(path: Handling, *events: Event, replay: bool = False) -> None:
    path.batch([path.read(encode(event, CATALOGUE), replay) for event in events])


def remembered(books: Database) -> set[str]:
    with books.read() as connection:
        return set(connection.scalars(select(inbox.c.event_id)))


def effects(books: Database) -> list[str]:
    with books.read() as connection:
        return sorted(connection.scalars(select(entries.c.event_id)))


def letters(books: Database) -> list[tuple[str, str, str | None]]:
    with books.read() as connection:
        columns = (dead_letters.c.reason, dead_letters.c.status, dead_letters.c.event_id)
        return [tuple(row) for row in connection.execute(select(*columns))]


def clean(books: Database) -> None:
    """A whole round of housekeeping."""
    keeping = Housekeeping(books, archive_days=0, inbox_days=DAYS)
    while keeping.step():
        pass


@pytest.fixture
def old(path: Handling, still: Database, clock: ManualClock) -> Event:
    """An event that was handled long ago, and forgotten since."""
    event = sale(0)
    deliver(path, event)
    _handled_then(still)
    clock.advance(days=DAYS, seconds=1)
    clean(still)
    assert remembered(still) == set()
    return event


def _handled_then(books: Database) -> None:
    """The database's own clock cannot be moved: the time of handling is that of the event."""
    with books.begin() as work:
        work.connection.execute(inbox.update().values(handled_at=inbox.c.time))


def test_an_event_thirty_days_late_is_handled_and_its_copies_are_not(path: Handling, still: Database) -> None:
    # Given
    late = sale(30)
    clean(still)

    # When
    for _ in range(3):
        deliver(path, late)

    # Then
    assert effects(still) == [late.id]
    assert letters(still) == []


def test_a_copy_of_what_was_forgotten_waits_for_a_person(path: Handling, still: Database, old: Event) -> None:
    # When it comes again, among others and by itself
    fresh = sale(-DAYS)
    deliver(path, old, fresh)
    deliver(path, old)

    # Then the others are not kept back
    assert effects(still) == sorted([old.id, fresh.id])
    assert letters(still) == [("too_old", "open", old.id)]
    assert remembered(still) == {fresh.id}


def test_a_person_may_let_it_in_once(path: Handling, still: Database, clock: ManualClock) -> None:
    # Given an event that came a hundred days late
    with still.begin() as work:
        horizons.forget(
            work.connection, "ledger", 1, work.now - timedelta(days=DAYS), first_id(DEFAULT_START), 1
        )
    late = sale(100)
    deliver(path, late)
    assert effects(still) == []

    # When its dead letter is replayed, and the message comes again after that
    with still.begin() as work:
        letter = work.connection.scalars(select(dead_letters.c.id)).one()
        dead_letter_decisions.replay(work, "ledger", letter, "somebody")
    replaying = DeadLetterReplay(path)
    assert replaying.step()
    assert path.retry_due()
    replaying.step()
    deliver(path, late)

    # Then
    assert effects(still) == [late.id]
    assert letters(still) == [("too_old", Status.HANDLED.value, late.id)]


def test_a_copy_from_an_archive_waits_for_a_person_too(path: Handling, still: Database, old: Event) -> None:
    """It may be one that was lost and is sent again: outside a rebuild nobody knows that it had its effect."""
    deliver(path, old, replay=True)

    assert effects(still) == [old.id]
    assert letters(still) == [("too_old", "open", old.id)]


def test_a_generation_that_is_rebuilt_takes_everything(path: Handling, still: Database, old: Event) -> None:
    # Given
    with still.begin() as work:
        building = generations.open_next(work.connection, "ledger")

    # When
    deliver(path, old, replay=True)
    clean(still)

    # Then
    with still.read() as connection:
        found = connection.execute(select(entries.c.generation, entries.c.event_id)).all()
        kept = connection.execute(select(inbox.c.generation).order_by(inbox.c.generation)).scalars().all()
    assert sorted(found) == [(1, old.id), (building, old.id)]
    assert kept == [1, building]


def test_only_what_is_old_in_both_ways_is_forgotten_in_pieces(
    path: Handling, still: Database, clock: ManualClock
) -> None:
    # Given events of long ago of which some were handled then, and young ones
    gone = [sale(n) for n in range(10)]
    deliver(path, *gone)
    _handled_then(still)
    clock.advance(days=DAYS + 10)
    late = [sale(n) for n in range(5)]
    deliver(path, *late)
    with still.begin() as work:
        at = inbox.c.event_id.in_([event.id for event in late])
        work.connection.execute(inbox.update().where(at).values(handled_at=work.now))
    young = [sale(-DAYS)]
    deliver(path, *young)

    # When all of it is looked at, three at a time
    after, pieces = first_id(DEFAULT_START - timedelta(days=1000)), 0
    while True:
        with still.begin() as work:
            before = work.now - timedelta(days=DAYS)
            last = horizons.forget(work.connection, "ledger", 1, before, after, 3)
        if last is None:
            break
        after, pieces = last, pieces + 1

    # Then
    assert pieces == 5
    assert remembered(still) == {event.id for event in [*late, *young]}


def test_a_horizon_never_goes_back(still: Database) -> None:
    for days in (10, 50):
        with still.begin() as work:
            before = work.now - timedelta(days=days)
            horizons.forget(work.connection, "ledger", 1, before, first_id(before), 1)

    with still.read() as connection:
        assert connection.scalar(select(func.max(horizons.inbox_horizons.c.before))) == (
            DEFAULT_START - timedelta(days=10)
        )


def test_one_process_at_a_time_forgets(path: Handling, still: Database, clock: ManualClock) -> None:
    # Given
    deliver(path, sale(0))
    _handled_then(still)
    clock.advance(days=DAYS + 1)

    # When a second comes while the first is at it
    with still.begin() as first, still.begin() as second:
        before = first.now - timedelta(days=DAYS)
        nothing = first_id(DEFAULT_START - timedelta(days=1))
        assert horizons.forget(first.connection, "ledger", 1, before, nothing, 10) is not None

        assert horizons.forget(second.connection, "ledger", 1, before, nothing, 10) is None

    # Then
    assert remembered(still) == set()
