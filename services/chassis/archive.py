"""Events that were sent, from which projections are rebuilt and gaps are filled (DESIGN §2.12, §2.13).

The relay moves each event here in the transaction that notes its confirm, so the outbox holds unsent rows only. The table is
partitioned by month; `archive_months` makes and drops the partitions. Personal data is archived by reference: such a row
has no body, and `references` makes it anew from what the service still knows (DESIGN §2.8).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    FromClause,
    Index,
    Select,
    Table,
    Text,
    Uuid,
    select,
    union_all,
)

from services.chassis.metadata import metadata
from services.chassis.outbox import outbox
from services.chassis.sql import direct

# The primary key gives the order in which a rebuild reads, and the ranges of ids in which gaps are filled. PostgreSQL wants
# the column of the partitions in it.
archive = Table(
    "archive",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("body", Text),
    Column("recorded_at", DateTime(timezone=True), primary_key=True),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    postgresql_partition_by="RANGE (recorded_at)",
)
# What an erasure looks for; it costs nothing for all other events.
Index("archive_references", archive.c.subject, postgresql_where=archive.c.body.is_(None))

# One statement, so that nobody ever sees an event twice or not at all while it moves.
_KEEP = """
    WITH gone AS (
        DELETE FROM outbox WHERE id = ANY(CAST(%(ids)s AS uuid[]))
        RETURNING id, name, subject, version, body, recorded_at
    )
    INSERT INTO archive (id, name, subject, version, body, recorded_at, sent_at)
    SELECT id, name, subject, version, CASE WHEN name = ANY(%(personal)s) THEN NULL ELSE body END, recorded_at, %(now)s
    FROM gone
    """


@dataclass(frozen=True, slots=True)
class Archived:
    """One event of this service, sent or not. `body` is its envelope as JSON text, None where it is kept by reference."""

    id: str
    name: str
    subject: str
    version: int
    recorded_at: datetime
    body: str | None


def keep(connection: Connection, ids: Sequence[str], personal: Collection[str], now: datetime) -> None:
    """Move what the broker has confirmed out of the outbox. Events named in `personal` are kept by reference."""
    direct(connection, _KEEP, {"ids": list(ids), "personal": list(personal), "now": now})


def read(
    connection: Connection,
    names: Collection[str],
    *,
    after: str | None = None,
    until: str | None = None,
    limit: int | None = None,
) -> list[Archived]:
    """Events called one of `names` in the order of their ids, sent or not; one that is being sent is seen once.

    Only those with `after` < id <= `until` where these are given, and no more than `limit`. Ids are UUIDv7, so a range of ids
    is a span of time. An event that is committed late may still appear behind an id that was read.
    """
    # Each half in order and limited by itself, or the whole archive would be sorted for a piece of it.
    halves = [_half(table, names, after, until).limit(limit) for table in (outbox, archive)]
    events = union_all(*(half.subquery().select() for half in halves)).subquery("events")
    rows = connection.execute(select(events).order_by(events.c.id).limit(limit))
    return [Archived(*row) for row in rows]


def forget(connection: Connection, name: str, subject: str) -> None:
    """Delete every event `name` of `subject`, sent or not: personal data must not outlive its erasure (DESIGN §2.8).

    `name` is one that is archived by reference.
    """
    connection.execute(outbox.delete().where(outbox.c.subject == subject, outbox.c.name == name))
    # The second statement sees what was moved while the first waited for the relay.
    connection.execute(
        archive.delete().where(archive.c.subject == subject, archive.c.name == name, archive.c.body.is_(None))
    )


def _half(table: FromClause, names: Collection[str], after: str | None, until: str | None) -> Select[Any]:
    c = table.c
    query = select(c.id, c.name, c.subject, c.version, c.recorded_at, c.body).where(c.name.in_(sorted(names)))
    if after is not None:
        query = query.where(c.id > after)
    if until is not None:
        query = query.where(c.id <= until)
    return query.order_by(c.id)
