"""Messages that failed and wait for their next attempt (DESIGN §2.5).

A failing message is written here and acknowledged, so that it neither blocks its queue nor depends on the broker's memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from services.chassis.errors import Decision
from services.chassis.metadata import metadata

#: A bug or a crash: five attempts within two minutes, the pauses between them in seconds.
BUG_PAUSES = (2, 8, 30, 60)
#: Something missing: pauses from 1 s doubling to 10 minutes, for 24 hours.
MISSING_FIRST_PAUSE = timedelta(seconds=1)
MISSING_LONGEST_PAUSE = timedelta(minutes=10)
MISSING_PATIENCE = timedelta(hours=24)
#: An attempt under way is nobody else's for this long; a handler ends within 10 s (DESIGN §2.7).
LEASE = timedelta(seconds=15)

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
    Column("cause", Text, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("next_at", DateTime(timezone=True), nullable=False),
)
Index("retries_due", retries.c.next_at)


@dataclass(frozen=True, slots=True)
class Retry:
    """A message that waits: how often it was tried, since when, and its bytes."""

    event_id: str
    body: bytes
    replay: bool
    attempts: int
    first_at: datetime


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
) -> Retry:
    """Count an attempt before it is made, so that one that kills the process is counted too (RELIABILITY P14).

    Commit this before the handler runs.
    """
    row = insert(retries).values(
        consumer=consumer,
        event_id=event_id,
        name=name,
        subject=subject,
        body=body,
        replay=replay,
        attempts=1,
        cause="",
        first_at=now,
        next_at=now + LEASE,
    )
    result = connection.execute(
        row.on_conflict_do_update(
            index_elements=[retries.c.consumer, retries.c.event_id],
            set_={"attempts": retries.c.attempts + 1, "next_at": row.excluded.next_at},
        ).returning(retries.c.attempts, retries.c.first_at)
    ).one()
    return Retry(event_id, body, replay, result.attempts, result.first_at)


def schedule(connection: Connection, consumer: str, event_id: str, cause: str, next_at: datetime) -> None:
    """Note why the attempt failed and when the next one is due."""
    connection.execute(
        retries.update()
        .where(retries.c.consumer == consumer, retries.c.event_id == event_id)
        .values(cause=cause.replace("\x00", "\\0")[:4000], next_at=next_at)
    )


def finish(connection: Connection, consumer: str, event_id: str) -> None:
    """Take a message off the table: it was handled, or given up."""
    connection.execute(retries.delete().where(retries.c.consumer == consumer, retries.c.event_id == event_id))


def take_due(connection: Connection, consumer: str, now: datetime) -> Retry | None:
    """The message whose next attempt is longest overdue, its attempt counted; None when none is due.

    Commit before the handler runs. Nobody else takes it for `LEASE`, in which a handler has long ended or been ended.
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
        .values(attempts=retries.c.attempts + 1, next_at=now + LEASE)
        .returning(
            retries.c.event_id, retries.c.body, retries.c.replay, retries.c.attempts, retries.c.first_at
        )
    ).one_or_none()
    return (
        None if row is None else Retry(row.event_id, bytes(row.body), row.replay, row.attempts, row.first_at)
    )


def forget(connection: Connection, name: str, subject: str) -> None:
    """Delete what waits of event `name` of `subject` (erasure, DESIGN §2.8)."""
    connection.execute(retries.delete().where(retries.c.subject == subject, retries.c.name == name))
