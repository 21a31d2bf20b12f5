"""The partitions of the archive: one a month, made ahead of need and dropped whole when their time is over (RELIABILITY P22).

A default partition takes what has no month of its own, so that sending never fails for lack of one; what it took is moved as
soon as somebody looks. All this may run in several processes side by side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import Column, Connection, DateTime, Table, func, insert, select, text

from services.chassis.metadata import metadata

#: What was dropped, so that a rebuild can say how far back it reaches.
archive_drops = Table(
    "archive_drops",
    metadata,
    Column("until", DateTime(timezone=True), primary_key=True),
    Column("dropped_at", DateTime(timezone=True), nullable=False),
)

#: Anything fixed: one process at a time changes the partitions.
_LOCK = 0x4C494E4C4A
#: Longest to stand in the way of the relay while waiting for a reader to finish; the next look tries again.
_PATIENCE = "500ms"
_PARTITION = re.compile(r"archive_(\d{4})_(\d{2})")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month in UTC: from `start` up to, not including, the start of `next`."""

    year: int
    month: int

    @classmethod
    def of(cls, instant: datetime) -> Month:
        """The month an aware instant lies in."""
        utc = instant.astimezone(UTC)
        return cls(utc.year, utc.month)

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def partition(self) -> str:
        """Name of the table that holds it."""
        return f"archive_{self.year:04}_{self.month:02}"


def months(connection: Connection) -> list[Month]:
    """The months that have a partition, in their order."""
    names = connection.scalars(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'archive'::regclass")
    )
    found = (_PARTITION.fullmatch(name) for name in names)
    return sorted(Month(int(match[1]), int(match[2])) for match in found if match)


def provide(connection: Connection, now: datetime) -> list[Month]:
    """Make the partitions of this month and the next, and of all that the default partition holds; returns the new ones."""
    if not _alone(connection):
        return []
    this = Month.of(now)
    strays = _strays(connection)
    if strays:
        _log.error("archive_partition_missing", months=[month.partition for month in strays])
    lacking = sorted({this, this.next, *strays} - set(months(connection)))
    for month in lacking:
        _add(connection, month)
    return lacking


def drop_oldest(connection: Connection, before: datetime, now: datetime) -> Month | None:
    """Drop the oldest partition if all of it was recorded before `before`; returns its month, None when there is none.

    Unsent events are not concerned: they are in the outbox, however old.
    """
    if not _alone(connection):
        return None
    oldest = next(iter(months(connection)), None)
    if oldest is None or oldest.next.start > before:
        return None
    connection.execute(text(f"DROP TABLE {oldest.partition}"))
    connection.execute(insert(archive_drops).values(until=oldest.next.start, dropped_at=now))
    _log.warning("archive_dropped", partition=oldest.partition)
    return oldest


def reaches_back_to(connection: Connection) -> datetime | None:
    """The instant from which the archive is complete; None when nothing was ever dropped."""
    until: datetime | None = connection.scalar(select(func.max(archive_drops.c.until)))
    return until


def _alone(connection: Connection) -> bool:
    connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))))


def _strays(connection: Connection) -> list[Month]:
    rows = connection.scalars(
        text("SELECT DISTINCT date_trunc('month', recorded_at, 'UTC') AS month FROM archive_default")
    )
    return sorted(Month.of(row) for row in rows)


def _add(connection: Connection, month: Month) -> None:
    bounds = {"start": month.start, "end": month.next.start}
    # The relay waits here for the moment this takes: a row it put into the default partition meanwhile would forbid the rest.
    connection.execute(text("LOCK TABLE archive_default IN ACCESS EXCLUSIVE MODE"))
    connection.execute(text(f"CREATE TABLE {month.partition} (LIKE archive INCLUDING STORAGE)"))
    connection.execute(
        text(
            "WITH strays AS (DELETE FROM archive_default WHERE recorded_at >= :start AND recorded_at < :end RETURNING *)"  # noqa: S608
            f" INSERT INTO {month.partition} SELECT * FROM strays"
        ),
        bounds,
    )
    # Unlike PARTITION OF, this lets everybody else write to the archive meanwhile.
    connection.execute(
        text(
            f"ALTER TABLE archive ATTACH PARTITION {month.partition}"
            f" FOR VALUES FROM ('{month.start:%Y-%m-%d} 00:00+00') TO ('{month.next.start:%Y-%m-%d} 00:00+00')"
        )
    )
