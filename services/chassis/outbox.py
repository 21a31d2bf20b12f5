"""Events that wait to be sent, written with the state they tell of (DESIGN §2.2).

Once sent they move to the archive, so the table stays small and needs one index. That a version is given once is the work of
the counters in `streams`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Table,
    Text,
    Uuid,
    func,
    select,
    text,
)

from services.chassis.envelope import VERSIONED
from services.chassis.metadata import metadata
from services.chassis.sql import as_json, columns_of, direct, insertion

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

# Sorted, so that two transactions that touch the same streams take their locks in the same order. A counter stays locked until
# its transaction ends, which is what makes the versions gapless.
_APPEND = """
    WITH drafts AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(%(drafts)s AS json)) AS d(place int, id uuid, name text, subject text, body text)
    ), counters AS (
        INSERT INTO streams (subject, version)
        SELECT subject, count(*) FROM drafts GROUP BY subject ORDER BY subject
        ON CONFLICT (subject) DO UPDATE SET version = streams.version + excluded.version
        RETURNING subject, version
    ), numbered AS (
        SELECT drafts.*, version - count(*) OVER same + row_number() OVER (same ORDER BY place) AS number
        FROM drafts JOIN counters USING (subject)
        WINDOW same AS (PARTITION BY subject)
    ){others}
    INSERT INTO outbox (id, name, subject, version, body, recorded_at)
    SELECT id, name, subject, number, left(body, -1) || format(%(versioned)s, number), %(recorded_at)s
    FROM numbered ORDER BY id
    """
_VERSIONED = VERSIONED.format("%s")


@dataclass(frozen=True, slots=True)
class Draft:
    """One event to be sent: `name` is its routing key, `body` its envelope as JSON text, but for the version."""

    id: str
    name: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Events of one name that wait: how many, how many of them after a failed attempt, and when the oldest was recorded."""

    unsent: int
    postponed: int
    oldest: datetime


def appending(
    drafts: Sequence[Draft],
    recorded_at: datetime,
    others: Mapping[Table, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
) -> tuple[str, dict[str, Any]]:
    """The statement that writes events to be sent, each with the next version of its subject, in the order given (DESIGN §2.4).

    `others` are rows of other tables, inserted by the same statement; all rows of a table name the same columns. Returned with
    its parameters.
    """
    rows = [
        {"place": place, "id": draft.id, "name": draft.name, "subject": draft.subject, "body": draft.body}
        for place, draft in enumerate(drafts)
    ]
    parameters = {"drafts": as_json(rows), "versioned": _VERSIONED, "recorded_at": recorded_at}
    parameters |= {f"rows_{place}": as_json(some) for place, some in enumerate(others.values())}
    shapes = tuple((table, columns_of(table, some)) for table, some in others.items())
    return _statement(shapes), parameters


@cache
def _statement(shapes: tuple[tuple[Table, tuple[str, ...]], ...]) -> str:
    inserts = (
        f", others_{place} AS ({insertion(table, names, f'%(rows_{place})s')})"
        for place, (table, names) in enumerate(shapes)
    )
    return _APPEND.format(others="".join(inserts))


_UNSENT = """
    SELECT id, name, body FROM outbox WHERE coalesce(not_before, %(now)s) <= %(now)s
    ORDER BY outbox.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    """


def take_unsent(connection: Connection, now: datetime, limit: int) -> list[tuple[str, str, str]]:
    """Lock up to `limit` rows that nobody else holds: (id, name, body), oldest first.

    Rows are taken by state, never "after the last id seen": a slow transaction commits low ids late (RELIABILITY P20).
    """
    return [
        (id_, name, body) for id_, name, body in direct(connection, _UNSENT, {"now": now, "limit": limit})
    ]


_POSTPONE = text(
    """
    UPDATE outbox
    SET not_before = :now + greatest(CAST(:pause AS interval), least((:now - recorded_at) / 10, interval '1 minute'))
    WHERE id = ANY(CAST(:ids AS uuid[]))
    """
)


def postpone(connection: Connection, ids: Sequence[str], now: datetime, pause: timedelta) -> None:
    """Try these again after `pause`, or a tenth of their age up to a minute: they must not stand before the rest."""
    connection.execute(_POSTPONE, {"ids": list(ids), "now": now, "pause": pause})


def waiting(connection: Connection) -> dict[str, Waiting]:
    """What waits, by the name of the event, those that wait longest first."""
    oldest = func.min(outbox.c.recorded_at)
    rows = connection.execute(
        select(outbox.c.name, func.count(), func.count(outbox.c.not_before), oldest)
        .group_by(outbox.c.name)
        .order_by(oldest)
    )
    return {name: Waiting(*counts) for name, *counts in rows}


def pending(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait, and when the oldest of them was recorded."""
    # The key alone is counted, and leads to the oldest: bodies are not read.
    oldest = connection.scalar(select(outbox.c.recorded_at).order_by(outbox.c.id).limit(1))
    return connection.scalar(select(func.count()).select_from(outbox)) or 0, oldest
