"""Messages that failed and wait for their next attempt (DESIGN §2.5).

A failing message is written here and acknowledged, so that it neither blocks its queue nor depends on the broker's memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    Uuid,
    case,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from services.chassis.dead_letters import LONGEST_CAUSE, storable
from services.chassis.errors import Decision
from services.chassis.metadata import metadata

#: A bug or a crash: five attempts within two minutes, the pauses between them in seconds.
BUG_PAUSES = (2, 8, 30, 60)
#: As many attempts in a row that ended the process before they had an outcome, and the message is given up.
MOST_UNFINISHED = len(BUG_PAUSES) + 1
#: Something missing: pauses from 1 s doubling to 10 minutes, for 24 hours.
MISSING_FIRST_PAUSE = timedelta(seconds=1)
MISSING_LONGEST_PAUSE = timedelta(minutes=10)
MISSING_PATIENCE = timedelta(hours=24)

retries = Table(
    "retries",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("replay", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("unfinished", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("next_at", DateTime(timezone=True), nullable=False),
)
Index("retries_due", retries.c.next_at)
_ATTEMPT = (
    retries.c.event_id,
    retries.c.body,
    retries.c.replay,
    retries.c.attempts,
    retries.c.unfinished,
    retries.c.first_at,
)


@dataclass(frozen=True, slots=True)
class Retry:
    """An attempt under way: its number, when the first was made, and the bytes of the message.

    `unfinished` counts the attempts without an outcome since the last that had one, this one included.
    """

    event_id: str
    body: bytes
    replay: bool
    attempts: int
    unfinished: int
    first_at: datetime

    @property
    def hopeless(self) -> bool:
        """Whether every attempt the message is given has ended the process (RELIABILITY P14)."""
        return self.unfinished > MOST_UNFINISHED


def next_pause(decision: Decision, attempts: int, waiting: timedelta) -> timedelta | None:
    """How long to wait after attempt number `attempts` failed, or None when it was the last.

    `waiting` is the time since the first attempt. Pure, so that the policy of DESIGN §2.5 can be tested as it stands.
    """
    if decision is Decision.RETRY_MISSING:
        if waiting >= MISSING_PATIENCE:
            return None
        doubled: timedelta = MISSING_FIRST_PAUSE * 2 ** min(attempts - 1, 20)
        return min(doubled, MISSING_LONGEST_PAUSE)
    if attempts > len(BUG_PAUSES):
        return None
    return timedelta(seconds=BUG_PAUSES[attempts - 1])


def begin_attempt(
    connection: Connection,
    consumer: str,
    event_id: str,
    name: str,
    subject: str,
    body: bytes,
    replay: bool,
    now: datetime,
    lease: timedelta,
) -> Retry | None:
    """Count an attempt before it is made, so that one that kills the process is counted too (RELIABILITY P14).

    None when the message is here already: then it is safe and nothing is to be done with this copy. If its attempt was under
    way, the next is due after a `lease`: of a process that dies again and again it must not be the same message that is
    in hand each time, or an innocent one would be given up for it (RELIABILITY F16). Commit this before the handler runs.
    """
    row = insert(retries).values(
        consumer=consumer,
        event_id=event_id,
        name=name,
        subject=subject,
        body=body,
        replay=replay,
        attempts=1,
        unfinished=1,
        cause="",
        first_at=now,
        next_at=now + lease,
    )
    result = connection.execute(
        row.on_conflict_do_update(
            index_elements=[retries.c.consumer, retries.c.event_id],
            set_={
                # A copy sent again from an archive is counted when it takes effect, whichever copy that is.
                "replay": or_(retries.c.replay, row.excluded.replay),
                "next_at": case((retries.c.unfinished > 0, row.excluded.next_at), else_=retries.c.next_at),
            },
            # xmax is 0 only for a row this statement inserted.
        ).returning(*_ATTEMPT, literal_column("xmax = 0", Boolean).label("first"))
    ).one()
    return _attempt(result) if result.first else None


def wait(
    connection: Connection,
    consumer: str,
    event_id: str,
    name: str,
    subject: str,
    body: bytes,
    replay: bool,
    now: datetime,
) -> None:
    """Have a message attempted as soon as may be, as if it had never been; one that waits here already is left as it is."""
    row = insert(retries).values(
        consumer=consumer,
        event_id=event_id,
        name=name,
        subject=subject,
        body=body,
        replay=replay,
        attempts=0,
        unfinished=0,
        cause="",
        first_at=now,
        next_at=now,
    )
    connection.execute(row.on_conflict_do_nothing())


def schedule(connection: Connection, consumer: str, event_id: str, cause: str, next_at: datetime) -> None:
    """Note why the attempt failed and when the next one is due."""
    connection.execute(
        retries.update()
        .where(retries.c.consumer == consumer, retries.c.event_id == event_id)
        .values(cause=storable(cause)[:LONGEST_CAUSE], next_at=next_at, unfinished=0)
    )


def withdraw_attempt(connection: Connection, consumer: str, event_id: str, now: datetime) -> None:
    """The attempt under way was none: our own database went away meanwhile. The next is due at once."""
    connection.execute(
        retries.update()
        .where(retries.c.consumer == consumer, retries.c.event_id == event_id, retries.c.unfinished > 0)
        .values(attempts=retries.c.attempts - 1, unfinished=retries.c.unfinished - 1, next_at=now)
    )


def finish(connection: Connection, consumer: str, event_id: str) -> None:
    """Take a message off the table: it was handled, or given up."""
    connection.execute(retries.delete().where(retries.c.consumer == consumer, retries.c.event_id == event_id))


def take_due(connection: Connection, consumer: str, now: datetime, lease: timedelta) -> Retry | None:
    """The message whose next attempt is longest overdue, its attempt counted; None when none is due.

    Commit before the handler runs. Nobody else takes it for the `lease`, in which a handler has ended or been ended.
    """
    longest_overdue = (
        select(retries.c.event_id)
        .where(retries.c.consumer == consumer, retries.c.next_at <= now)
        .order_by(retries.c.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = connection.execute(
        retries.update()
        .where(retries.c.consumer == consumer, retries.c.event_id == longest_overdue)
        .values(attempts=retries.c.attempts + 1, unfinished=retries.c.unfinished + 1, next_at=now + lease)
        .returning(*_ATTEMPT)
    ).one_or_none()
    return None if row is None else _attempt(row)


def _attempt(row: Row[Any]) -> Retry:
    return Retry(row.event_id, bytes(row.body), row.replay, row.attempts, row.unfinished, row.first_at)


def forget(connection: Connection, name: str, subject: str) -> None:
    """Delete what waits of event `name` of `subject` (erasure, DESIGN §2.8)."""
    connection.execute(retries.delete().where(retries.c.subject == subject, retries.c.name == name))
