"""What becomes of messages: once in effect, retried from the table, or a dead letter (DESIGN §2.3, §2.5, §2.6)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.chassis import dead_letters
from services.chassis.database import Database
from services.chassis.effects import DatabaseAbsent
from services.chassis.errors import Conflict, Invalid, NotFound, Unavailable
from services.chassis.events import Event
from services.chassis.handling import Handling
from services.chassis.sql import connect
from services.chassis.testing.clock import ManualClock
from tests.integration.chassis.conftest import Ledger
from tests.integration.chassis.consumer import amounts, incoming, letters, sold, waiting


def test_a_batch_is_one_call_of_the_handler(path: Handling, still: Database, ledger: Ledger) -> None:
    # When
    path.batch(incoming(*(sold(n, n) for n in range(1, 101))))

    # Then
    assert ledger.calls == [100]
    assert amounts(still) == list(range(1, 101))


def test_a_known_event_has_no_effect_in_any_company(path: Handling, still: Database) -> None:
    # Given
    first, second = sold(1, 1), sold(2, 2)
    path.batch(incoming(first))

    # When
    path.batch(incoming(first, second, first, second))
    path.alone(incoming(first)[0])

    # Then
    assert amounts(still) == [1, 2]
    assert waiting(still) == []


def test_one_failing_event_does_not_keep_the_others_back(
    path: Handling, still: Database, ledger: Ledger
) -> None:
    # Given
    ledger.fail = lambda event: RuntimeError("a bug") if event.data["amount"] == 2 else None

    # When
    path.batch(incoming(*(sold(n, n) for n in (1, 2, 3))))

    # Then
    assert amounts(still) == [1, 3]
    assert waiting(still) == [1]


def test_a_bug_is_tried_five_times_within_two_minutes_and_then_buried(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given
    ledger.fail = lambda event: RuntimeError("a bug")
    started = clock.now()
    path.batch(incoming(sold(1)))

    # When
    while waiting(still):
        clock.advance(seconds=1)
        path.retry_due()

    # Then
    assert letters(still) == [("bug", 5, 1)]
    assert clock.now() - started <= timedelta(minutes=2)


def test_what_misses_something_is_handled_as_soon_as_it_is_there(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given
    ledger.fail = lambda event: NotFound("case_unknown")
    path.batch(incoming(sold(7)))
    assert path.retry_due() is False

    # When
    ledger.fail = lambda event: None
    clock.advance(seconds=1)

    # Then
    assert path.retry_due() is True
    assert amounts(still) == [7]
    assert waiting(still) == []


def test_what_never_finds_its_other_half_is_buried_after_a_day(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given
    ledger.fail = lambda event: NotFound("case_unknown")
    started = clock.now()
    path.batch(incoming(sold(7)))

    # When
    while waiting(still):
        clock.advance(minutes=5)
        path.retry_due()

    # Then
    assert letters(still)[0][0] == "missing"
    assert timedelta(hours=24) <= clock.now() - started <= timedelta(hours=25)


def test_a_conflict_is_known_from_then_on_and_kept_nowhere(
    path: Handling, still: Database, ledger: Ledger
) -> None:
    # Given
    ledger.fail = lambda event: Conflict("too_late")
    event = sold(1)
    path.batch(incoming(event))

    # When it comes again and would now succeed
    ledger.fail = lambda event: None
    path.batch(incoming(event))

    # Then
    assert amounts(still) == []
    assert letters(still) == []
    assert waiting(still) == []


def test_what_breaks_a_rule_is_buried_at_once_with_its_bytes(
    path: Handling, still: Database, ledger: Ledger
) -> None:
    # Given
    ledger.fail = lambda event: Invalid("not_valid")
    message = incoming(sold(1))[0]

    # When
    path.batch([message])

    # Then
    assert letters(still) == [("refused", 1, 1)]
    with still.read() as connection:
        assert bytes(connection.scalar(select(dead_letters.dead_letters.c.body))) == message.body


def test_what_something_else_keeps_back_is_retried_without_end(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given
    ledger.fail = lambda event: Unavailable("elsewhere")
    path.batch(incoming(sold(1)))

    # When
    for _ in range(20):
        clock.advance(hours=12)
        path.retry_due()

    # Then
    assert letters(still) == []
    assert waiting(still) == [21]


def test_a_message_that_ends_the_process_is_buried_after_five_attempts(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given a handler under which the process dies: nothing after it runs, not even the note that it failed
    class Killed(BaseException):
        """Stands for SIGKILL: nothing catches it."""

    def die(event: Event) -> Exception | None:
        raise Killed

    ledger.fail = die
    message = incoming(sold(1))[0]

    # When it dies with the first, the message comes again and is left to the table, and dies with each attempt from there
    with pytest.raises(Killed):
        path.alone(message)
    path.alone(message)
    for _ in range(4):
        clock.advance(seconds=20)
        with pytest.raises(Killed):
            path.retry_due()
    clock.advance(seconds=20)
    path.retry_due()

    # Then
    assert letters(still) == [("crashed", 5, 1)]
    assert waiting(still) == []


def test_a_message_at_hand_whenever_another_ends_the_process_is_not_given_up(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given a process that dies ten times within seconds, each time with the same innocent message in hand (F16)
    class Killed(BaseException):
        """Stands for SIGKILL."""

    def die(event: Event) -> Exception | None:
        raise Killed

    ledger.fail = die
    message = incoming(sold(1))[0]
    for _ in range(10):
        with suppress(Killed):
            path.alone(message)
        with suppress(Killed):
            path.retry_due()
        clock.advance(seconds=1)

    # When that has an end
    ledger.fail = lambda event: None
    clock.advance(seconds=20)
    path.retry_due()

    # Then
    assert letters(still) == []
    assert amounts(still) == [1]


def test_an_absent_database_is_told_and_nothing_is_dealt_with(path: Handling, still: Database) -> None:
    # Given
    nowhere = still.engine.url.set(database="nowhere")
    engine = connect(nowhere.render_as_string(hide_password=False), application="test")
    lost = replace(path, database=replace(still, engine=engine))

    # When / Then
    with pytest.raises(DatabaseAbsent):
        lost.batch(incoming(sold(1)))
    engine.dispose()
