"""A rebuild from a date on gets what was recorded since, and a day more (DESIGN §2.13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from services.chassis import generations, replay
from services.chassis.database import Database
from services.chassis.references import References
from services.chassis.replay import Archive
from services.chassis.testing.services import make_event
from services.chassis.transport import Message
from tests.integration.chassis.conftest import CATALOGUE


class Recorder:
    """A publisher whose messages are all taken, and kept."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """Take all."""
        self.sent += [message.id for message in messages]
        return [True] * len(messages)

    def waiting(self, queue: str) -> int:
        """Nothing waits."""
        return 0

    def keep_alive(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to close."""


def ask(shop: Database, since: datetime | None, generation: int = 2) -> None:
    data = {"consumer": "ledger", "generation": generation, "since": since}
    with shop.begin() as work:
        replay.on_requested([make_event("replay.requested", "ledger", data, source="ledger")], work)


@pytest.mark.parametrize(
    ("later", "expected"), [(None, 1), (timedelta(hours=23), 1), (timedelta(hours=25), 0)]
)
def test_what_was_recorded_within_the_day_before_is_sent_too(
    shop: Database, later: timedelta | None, expected: int
) -> None:
    # Given an event recorded now
    with shop.begin() as work:
        work.record("shop.sold", "till", {"amount": 1})
    publisher = Recorder()
    archive = Archive(shop, publisher, References("shop", CATALOGUE))

    # When it is asked for from some time later on
    ask(shop, None if later is None else shop.clock.now() + later)
    while archive.step():
        pass

    # Then
    assert len(publisher.sent) == expected


def test_a_later_request_for_everything_is_not_cut_short(shop: Database) -> None:
    # Given
    with shop.begin() as work:
        work.record("shop.sold", "till", {"amount": 1})
    publisher = Recorder()
    archive = Archive(shop, publisher, References("shop", CATALOGUE))

    # When
    ask(shop, shop.clock.now() + timedelta(days=9))
    ask(shop, None, generation=3)
    while archive.step():
        pass

    # Then
    assert len(publisher.sent) == 1


def test_no_event_is_handled_while_something_is_carried_over(books: Database) -> None:
    # Given a batch under way
    with books.begin() as work:
        generations.open_next(work.connection, "ledger")
    with books.begin() as slow:
        generations.written(slow.connection, "ledger")

        # When / Then
        with books.begin() as carrying:
            carrying.connection.exec_driver_sql("SET LOCAL lock_timeout = 50")
            with pytest.raises(OperationalError, match="lock timeout"), carrying.connection.begin_nested():
                generations.held(carrying.connection, "ledger")
