"""Attempts, copies and replays of one message: each counted once, none lost (DESIGN §2.5, §2.13)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import TimeoutError as PoolExhausted

from services.chassis import inbox
from services.chassis.database import Database
from services.chassis.effects import DatabaseAbsent
from services.chassis.envelope import BadMessage
from services.chassis.errors import NotFound
from services.chassis.events import Event
from services.chassis.handling import Handling, Unreadable
from services.chassis.testing.clock import ManualClock
from tests.integration.chassis.conftest import Ledger
from tests.integration.chassis.consumer import amounts, one, reasons, sold, waiting


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def replayed(database: Database) -> int:
    with database.read() as connection:
        return inbox.replayed_count(connection, inbox.FIRST_GENERATION, "shop", ["shop.sold"])


def die(event: Event) -> Exception | None:
    raise Killed


def test_a_waiting_message_that_ends_the_process_is_buried_too(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given a message that failed once and kills the process from then on
    ledger.fail = lambda event: RuntimeError("a bug")
    path.batch([one(sold(1, 1))])
    ledger.fail = die

    # When
    for _ in range(5):
        clock.advance(seconds=20)
        with pytest.raises(Killed):
            path.retry_due()
    clock.advance(seconds=20)

    # Then
    assert path.retry_due() is True
    assert reasons(still) == ["crashed"]
    assert waiting(still) == []


def test_a_copy_of_a_waiting_message_leaves_it_to_the_table(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given a message that has waited for another for hours
    ledger.fail = lambda event: NotFound("case_unknown")
    message = one(sold(1, 1))
    path.batch([message])
    for _ in range(20):
        clock.advance(minutes=11)
        path.retry_due()
    assert waiting(still) == [21]

    # When it is delivered again, as after an acknowledgement that was lost
    path.alone(message)
    path.batch([message])

    # Then it is neither given up nor counted
    assert reasons(still) == []
    assert waiting(still) == [21]


def test_an_absent_database_is_no_attempt_of_the_message(
    path: Handling, still: Database, ledger: Ledger
) -> None:
    # Given a message that came back
    ledger.fail = lambda event: PoolExhausted("no connection is free")
    with pytest.raises(DatabaseAbsent):
        path.alone(one(sold(1, 1)))

    # When the database goes away each time just this message is handled
    for _ in range(10):
        with pytest.raises(DatabaseAbsent):
            path.retry_due()
    ledger.fail = lambda event: None
    path.retry_due()

    # Then
    assert amounts(still) == [1]
    assert reasons(still) == []


def test_an_exhausted_pool_is_an_absent_database(path: Handling, still: Database, ledger: Ledger) -> None:
    # Given
    ledger.fail = lambda event: PoolExhausted("no connection is free")

    # When / Then
    with pytest.raises(DatabaseAbsent):
        path.batch([one(sold(1, 1)), one(sold(2, 2))])
    assert waiting(still) == []


def test_an_event_that_comes_live_and_from_the_archive_in_one_batch_counts_as_replayed(
    path: Handling, still: Database, ledger: Ledger
) -> None:
    # Given
    event = sold(1, 1)

    # When
    path.batch([one(event), one(event, replay=True)])

    # Then
    assert amounts(still) == [1]
    assert replayed(still) == 1


def test_an_archived_copy_of_a_waiting_event_counts_once_it_takes_effect(
    path: Handling, still: Database, ledger: Ledger, clock: ManualClock
) -> None:
    # Given a live event that waits for another
    ledger.fail = lambda event: NotFound("case_unknown")
    event = sold(1, 1)
    path.batch([one(event)])

    # When its archived copy fails alike, and the other comes
    path.batch([one(event, replay=True)])
    ledger.fail = lambda event: None
    clock.advance(seconds=2)
    path.retry_due()

    # Then
    assert amounts(still) == [1]
    assert replayed(still) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"specversion":"1.0","id":"\\u0000","source":"/shop","type":"x","time":"2026-01-01T00:00:00Z"}',
        b'{"specversion":"1.0","id":"1","source":"\\u0000","type":"\\u0000","time":"2026-01-01T00:00:00Z"}',
    ],
)
def test_what_no_text_column_takes_is_buried_all_the_same(
    path: Handling, still: Database, body: bytes
) -> None:
    # Given
    with pytest.raises(BadMessage) as caught:
        path.read(body, False)

    # When
    path.bury([Unreadable(body, caught.value, False)])

    # Then
    assert reasons(still) == ["unknown_type"]


def test_a_message_of_17_megabytes_is_buried_with_its_bytes(path: Handling, still: Database) -> None:
    # Given
    body = b'{"data":"' + b"x" * 17_000_000 + b'"}'
    with pytest.raises(BadMessage) as caught:
        path.read(body, False)

    # When
    path.bury([Unreadable(body, caught.value, False)])

    # Then
    assert reasons(still) == ["too_large"]


def test_invented_names_make_no_metric(path: Handling) -> None:
    # When
    for n in ("a", "b", "c"):
        path.bury([Unreadable(b"{", BadMessage("unknown_type", "", name=f"invented.{n}"), False)])

    # Then
    series = path.metrics.registry.get_sample_value(
        "linli_events_handled_total", {"service": "ledger", "type": "other", "outcome": "dead_letter"}
    )
    assert series == 3
