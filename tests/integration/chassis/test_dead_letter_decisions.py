"""What people decide about dead letters is kept, stands, and can be taken back (DESIGN §2.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.chassis import dead_letter_decisions as decisions
from services.chassis import dead_letters
from services.chassis.database import Database
from services.chassis.dead_letter_replay import DeadLetterReplay
from services.chassis.dead_letters import DeadLetter
from services.chassis.errors import Conflict, NotFound
from services.chassis.handling import Handling
from services.chassis.testing.clock import ManualClock
from tests.integration.chassis.conftest import Ledger
from tests.integration.chassis.consumer import amounts, one, sold
from tests.integration.chassis.dead_letter_steps import (
    ME,
    carry_out,
    discard,
    letters,
    park,
    refuse,
    replay,
    seen,
    statuses,
    waiting_for_somebody,
)


@pytest.fixture
def worker(path: Handling) -> DeadLetterReplay:
    """What the worker does with letters that are to be replayed."""
    return DeadLetterReplay(path)


def test_a_discarded_letter_stays_in_the_audit_trail_and_can_be_replayed(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay, clock: ManualClock
) -> None:
    # Given
    letter = park(path, ledger, sold(7))

    # When it is discarded
    with still.begin() as work:
        decisions.discard(work, "ledger", letter, ME, "sent twice, call 13800138000")

    # Then it waits for nobody, and who wanted it so is known
    assert waiting_for_somebody(still) == 0
    [decision] = seen(still, letter).decisions
    assert (decision.decision, decision.decided_by, decision.at) == ("discard", ME, clock.now())
    assert decision.reason == "sent twice, call ***"

    # And when that was a mistake
    replay(still, letter)
    carry_out(worker, path)
    assert (amounts(still), statuses(still)) == ([7], ["handled"])
    assert [d.decision for d in seen(still, letter).decisions] == ["discard", "replay"]


def test_what_was_discarded_stays_so_when_it_is_delivered_again(
    path: Handling, still: Database, ledger: Ledger
) -> None:
    # Given
    event = sold(7)
    letter = park(path, ledger, event)
    with still.begin() as work:
        decisions.discard(work, "ledger", letter, ME, "sent in error")

    # When
    ledger.fail = refuse
    path.batch([one(event)])

    # Then
    assert [(r.status, r.times) for r in letters(still, status=None)] == [("discarded", 2)]


@pytest.mark.parametrize("settle", [replay, lambda database, letter: discard(database, letter)])
def test_what_is_decided_cannot_be_discarded(
    path: Handling, still: Database, ledger: Ledger, settle: Callable[[Database, str], None]
) -> None:
    # Given
    letter = park(path, ledger, sold(7))
    settle(still, letter)

    # When / Then
    with pytest.raises(Conflict):
        discard(still, letter)


def test_a_letter_of_nobody_is_told_so(still: Database) -> None:
    unknown = "01a20000-0000-7000-8000-000000000001"

    for decide in (replay, discard, seen):
        with pytest.raises(NotFound):
            decide(still, unknown)


def test_letters_are_found_by_name_reason_and_age(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given one letter an hour
    start = clock.now()
    park(path, ledger, sold(1))
    clock.advance(hours=1)
    with still.begin() as work:
        dead_letters.bury(work.connection, "ledger", DeadLetter("not_json", "", b"{", 1), work.now)

    # When / Then
    later = start + timedelta(minutes=30)
    assert [r.reason for r in letters(still, name="shop.sold")] == ["refused"]
    assert [r.reason for r in letters(still, reason="not_json")] == ["not_json"]
    assert [r.reason for r in letters(still, older_than=later)] == ["refused"]
    assert [r.reason for r in letters(still, newer_than=later)] == ["not_json"]
    assert letters(still, name="shop.closed") == []


def test_an_erased_letter_is_gone_and_who_decided_about_it_is_not(
    path: Handling, still: Database, ledger: Ledger
) -> None:
    # Given
    letter = park(path, ledger, sold(7))
    discard(still, letter)

    # When
    with still.begin() as work:
        dead_letters.forget(work.connection, "shop.sold", "till")

    # Then
    assert statuses(still) == []
    with still.read() as connection:
        table = decisions.dead_letter_decisions
        assert connection.scalar(select(func.count()).where(table.c.letter == letter)) == 1
