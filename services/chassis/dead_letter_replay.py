"""At the worker: dead letters that are to be replayed go through the retry table again, each with fresh attempts.

Nobody else feeds a message to a handler: the retry table counts an attempt before it is made, so that a message which ends the
process comes back as a dead letter rather than for ever (RELIABILITY P14).
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Connection, Row, Text, cast, exists, select

from services.chassis import dead_letters as letters
from services.chassis import retries
from services.chassis.dead_letters import DeadLetter, Status, dead_letters
from services.chassis.effects import own_database
from services.chassis.envelope import BadMessage
from services.chassis.handling import Handling
from services.chassis.loops import Loop
from services.chassis.unit_of_work import UnitOfWork

#: Letters handed over in one transaction. A message has up to a megabyte.
_BATCH = 50

_log = structlog.get_logger(__name__)


class DeadLetterReplay:
    """Judges anew what somebody asked to be replayed: what can be read by now is retried, the rest is a dead letter again."""

    def __init__(self, handling: Handling) -> None:
        self._handling = handling
        self._consumer = handling.consumer

    def loop(self) -> Loop:
        """The loop that looks for requests."""
        return Loop(f"{self._consumer}.replay_dead_letters", self.step, pause=1.0)

    def step(self) -> bool:
        """Hand over some letters and settle those that were handled; true when there was something to hand over.

        Whenever this is interrupted: a letter is either still requested, or its message is in the retry table.
        """
        with own_database(), self._handling.database.begin() as work:
            _settle(work.connection, self._consumer)
            requested = _take_requested(work.connection, self._consumer)
            for row in requested:
                self._hand_over(work, row)
        return bool(requested)

    def _hand_over(self, work: UnitOfWork, row: Row[Any]) -> None:
        body = bytes(row.body)
        try:
            event = self._handling.read(body, row.replay).event
        except BadMessage as error:
            letter = DeadLetter(error.reason, error.cause, body, row.attempts, error.event_id, error.name)
            letters.bury(work.connection, self._consumer, letter, work.now)
            _log.warning("replay_unreadable", consumer=self._consumer, reason=error.reason, letter=row.id)
            return
        retries.wait(
            work.connection, self._consumer, event.id, event.name, event.subject, body, row.replay, work.now
        )
        # What could not be read when it was given up has no name yet.
        known = {"event_id": event.id, "name": event.name, "subject": event.subject}
        status = Status.REPLAYING.value
        work.connection.execute(
            dead_letters.update().where(dead_letters.c.id == row.id).values(status=status, **known)
        )


def _take_requested(connection: Connection, consumer: str) -> list[Row[Any]]:
    requested = (dead_letters.c.consumer == consumer) & (dead_letters.c.status == Status.REQUESTED.value)
    columns = (dead_letters.c.id, dead_letters.c.body, dead_letters.c.replay, dead_letters.c.attempts)
    query = select(*columns).where(requested).order_by(dead_letters.c.last_at, dead_letters.c.id)
    return list(connection.execute(query.limit(_BATCH).with_for_update(skip_locked=True)))


def _settle(connection: Connection, consumer: str) -> None:
    """A message that left the retry table and was not given up again was handled; its bytes are needed no longer."""
    replaying = (dead_letters.c.consumer == consumer) & (dead_letters.c.status == Status.REPLAYING.value)
    waits = exists().where(
        retries.retries.c.consumer == consumer,
        cast(retries.retries.c.event_id, Text) == dead_letters.c.event_id,
    )
    connection.execute(
        dead_letters.update().where(replaying, ~waits).values(status=Status.HANDLED.value, body=None)
    )
