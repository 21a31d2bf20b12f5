"""Dead letters replayed and discarded: the inbox decides, nothing is lost, every decision is kept (DESIGN §2.5)."""

from __future__ import annotations

from dataclasses import replace as changed
from datetime import timedelta

import pytest

from services.chassis import dead_letters, generations, inbox
from services.chassis.database import Database
from services.chassis.dead_letter_decisions import Replays
from services.chassis.dead_letter_replay import DeadLetterReplay
from services.chassis.dead_letters import DeadLetter
from services.chassis.envelope import BadMessage
from services.chassis.handling import Handling, Unreadable
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import handling
from tests.integration.chassis.conftest import Ledger
from tests.integration.chassis.consumer import amounts, incoming, one, sold, waiting
from tests.integration.chassis.dead_letter_steps import (
    ME,
    carry_out,
    letters,
    park,
    refuse,
    replay,
    replay_all,
    seen,
    statuses,
    waiting_for_somebody,
)


@pytest.fixture
def worker(path: Handling) -> DeadLetterReplay:
    """What the worker does with letters that are to be replayed."""
    return DeadLetterReplay(path)


def test_a_replayed_letter_takes_effect_under_its_own_id_and_is_settled(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay
) -> None:
    # Given
    event = sold(7)
    letter = park(path, ledger, event)

    # When
    replay(still, letter)
    assert statuses(still) == ["requested"]
    carry_out(worker, path)

    # Then
    assert amounts(still) == [7]
    assert statuses(still) == ["handled"]
    assert waiting_for_somebody(still) == 0
    found = seen(still, letter)
    assert (found.letter.event_id, found.body) == (event.id, None)
    assert [(d.decision, d.decided_by, d.reason) for d in found.decisions] == [("replay", ME, None)]


def test_a_thousand_letters_replayed_twice_have_no_second_effect(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay
) -> None:
    # Given a thousand parked messages
    messages = incoming(*(sold(n) for n in range(1000)))
    with still.begin() as work:
        for m in messages:
            letter = DeadLetter("bug", "", m.body, 5, m.event.id, m.event.name, m.event.subject)
            dead_letters.bury(work.connection, "ledger", letter, work.now)

    # When they are replayed twice over
    first, again = replay_all(still), replay_all(still)
    carry_out(worker, path)
    for message in messages[:10]:
        path.batch([message])
    for settled in letters(still, status="handled"):
        replay(still, settled.id)
    carry_out(worker, path)

    # Then each has taken effect once
    assert (first, again) == (Replays(1000, 0), Replays(0, 0))
    assert amounts(still) == list(range(1000))
    assert waiting_for_somebody(still) == 0


def test_a_replay_of_what_was_handled_meanwhile_is_answered_so(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay
) -> None:
    # Given a letter whose message came again and was handled
    event = sold(7)
    letter = park(path, ledger, event)
    path.batch([one(event)])

    # When
    answer = replay_all(still)
    carry_out(worker, path)

    # Then
    assert answer == Replays(requested=0, handled=1)
    assert seen(still, letter).letter.status == "handled"
    assert amounts(still) == [7]


def test_what_one_generation_lacks_is_replayed_all_the_same(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay
) -> None:
    # Given a message that the generation which is read knows, and one opened since does not
    event = sold(7)
    letter = park(path, ledger, event)
    path.batch([one(event)])
    with still.begin() as work:
        generations.open_next(work.connection, "ledger")

    # When
    replay(still, letter)
    carry_out(worker, path)

    # Then
    assert amounts(still) == [7, 7]
    assert statuses(still) == ["handled"]


def test_a_letter_that_fails_again_comes_back_with_its_count(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay, clock: ManualClock
) -> None:
    # Given
    letter = park(path, ledger, sold(7))
    first = seen(still, letter).letter
    clock.advance(hours=1)

    # When
    ledger.fail = refuse
    replay(still, letter)
    carry_out(worker, path)

    # Then
    [row] = letters(still)
    assert (row.id, row.times, row.first_at) == (letter, 2, first.first_at)
    assert row.last_at == first.last_at + timedelta(hours=1)
    assert waiting(still) == []
    assert seen(still, letter).body is not None


def test_a_replayed_bug_gets_fresh_attempts_with_their_pauses(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay, clock: ManualClock
) -> None:
    # Given
    letter = park(path, ledger, sold(7))
    ledger.fail = lambda event: RuntimeError("a bug")

    # When
    replay(still, letter)
    carry_out(worker, path)

    # Then it waits, and goes on once the bug is mended
    assert (waiting(still), statuses(still)) == ([1], ["replaying"])
    ledger.fail = lambda event: None
    clock.advance(seconds=2)
    carry_out(worker, path)
    assert (amounts(still), statuses(still)) == ([7], ["handled"])


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def kill(*_: object) -> Exception | None:
    raise Killed


def test_a_worker_killed_while_it_replays_loses_nothing(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay, clock: ManualClock
) -> None:
    # Given a request, and a worker that is killed before it is handed over, and again in its handler
    letter = park(path, ledger, sold(7))
    replay(still, letter)
    dying = DeadLetterReplay(changed(path, handlers={}))
    dying._hand_over = kill  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        dying.step()
    assert statuses(still) == ["requested"]
    ledger.fail = kill
    worker.step()
    with pytest.raises(Killed):
        path.retry_due()

    # When another takes over
    ledger.fail = lambda event: None
    carry_out(worker, path)
    assert statuses(still) == ["replaying"]
    clock.advance(seconds=20)
    carry_out(worker, path)

    # Then
    assert (amounts(still), statuses(still)) == ([7], ["handled"])


def test_an_unknown_type_is_judged_again_by_the_newer_version(
    path: Handling, still: Database, ledger: Ledger
) -> None:
    # Given a message of which the older version has no handler
    older = handling(still, {})
    body = one(sold(7)).body
    with pytest.raises(BadMessage) as caught:
        older.read(body, False)
    older.bury([Unreadable(body, caught.value, False)])
    [row] = letters(still, reason="unknown_type")

    # When it is replayed before the upgrade, and after
    replay(still, row.id)
    carry_out(DeadLetterReplay(older), older)
    assert [(r.reason, r.times) for r in letters(still)] == [("unknown_type", 2)]
    replay(still, row.id)
    carry_out(DeadLetterReplay(path), path)

    # Then
    assert amounts(still) == [7]
    assert [(r.status, r.name, r.subject) for r in letters(still, status=None)] == [
        ("handled", "shop.sold", "till")
    ]


def test_a_replay_of_many_is_bounded_and_takes_the_oldest_first(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given
    for n in range(3):
        park(path, ledger, sold(n))
        clock.advance(minutes=1)

    # When
    answer = replay_all(still, limit=2)

    # Then
    assert answer == Replays(2, 0)
    assert statuses(still) == ["requested", "requested", "open"]


def test_an_archived_copy_that_is_replayed_counts_for_its_rebuild(
    path: Handling, still: Database, ledger: Ledger, worker: DeadLetterReplay
) -> None:
    # Given a message from an archive that was given up
    ledger.fail = refuse
    path.batch([one(sold(7), replay=True)])
    ledger.fail = lambda event: None

    # When
    replay_all(still)
    carry_out(worker, path)

    # Then
    with still.read() as connection:
        assert inbox.replayed_count(connection, inbox.FIRST_GENERATION, "shop", ["shop.sold"]) == 1
