"""Events that wait to be sent, written with the state they tell of (DESIGN §2.2).

Once sent they move to the archive, so the table stays small and needs one index. That a version is given once is the work of
the counters in `streams`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
    update,
)

from services.chassis.metadata import metadata
from services.chassis.sql import insert_rows

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("not_before", DateTime(timezone=True)),
)

streams = Table(
    "streams",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

# Sorted, so that two transactions that touch the same streams take their locks in the same order.
_NEXT_VERSIONS = text(
    """
    INSERT INTO streams (subject, version)
    SELECT subject, events FROM json_to_recordset(CAST(:counts AS json)) AS c(subject text, events bigint)
    ORDER BY subject
    ON CONFLICT (subject) DO UPDATE SET version = streams.version + excluded.version
    RETURNING subject, version
    """
)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event to be sent: `name` is its routing key, `body` its envelope as JSON text."""

    id: str
    name: str
    subject: str
    version: int
    body: str
    recorded_at: datetime


def first_versions(connection: Connection, subjects: Sequence[str]) -> dict[str, int]:
    """For each subject the first of the versions now given to it, one for each time it is listed (DESIGN §2.4).

    The subjects' counters stay locked until the transaction ends, which is what makes the versions gapless.
    """
    counts = Counter(subjects)
    rows = [{"subject": subject, "events": events} for subject, events in counts.items()]
    result = connection.execute(_NEXT_VERSIONS, {"counts": orjson.dumps(rows).decode()})
    return {subject: last - counts[subject] + 1 for subject, last in result}


def append(connection: Connection, rows: Sequence[OutboxRow]) -> None:
    """Write events to be sent."""
    insert_rows(
        connection,
        outbox,
        [
            {
                "id": row.id,
                "name": row.name,
                "subject": row.subject,
                "version": row.version,
                "body": row.body,
                "recorded_at": row.recorded_at,
            }
            for row in rows
        ],
    )


def take_unsent(connection: Connection, now: datetime, limit: int) -> list[tuple[str, str, str]]:
    """Lock up to `limit` rows that nobody else holds: (id, name, body), oldest first.

    Rows are taken by state, never "after the last id seen": a slow transaction commits low ids late (RELIABILITY P20).
    """
    rows = connection.execute(
        select(outbox.c.id, outbox.c.name, outbox.c.body)
        .where(func.coalesce(outbox.c.not_before, now) <= now)
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.id, row.name, row.body) for row in rows]


def postpone(connection: Connection, ids: Sequence[str], now: datetime, pause: timedelta) -> None:
    """Try these again after `pause`, so that what cannot be routed does not stand before the rest."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == func.any(bindparam("ids", list(ids))))
        .values(not_before=now + pause)
    )


def pending(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait, and when the oldest of them was recorded."""
    row = connection.execute(select(func.count(), func.min(outbox.c.recorded_at))).one()
    return row[0], row[1]
