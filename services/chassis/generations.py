"""Generations of a projection: it is rebuilt beside the one that is read, and swapped at once (DESIGN §2.13).

A consumer without a row here is not a projection and has generation 1 only.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, DateTime, Integer, Table, Text, func, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.inbox import FIRST_GENERATION
from services.chassis.metadata import metadata
from services.chassis.sql import direct

projections = Table(
    "projections",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("current", Integer, nullable=False),
    Column("building", Integer),
    Column("opened_at", DateTime(timezone=True)),
)

#: What each publisher says it has sent for a rebuild; the rebuild is complete when all of it has arrived.
replays = Table(
    "replays",
    metadata,
    Column("generation", Integer, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("expected", Integer, nullable=False),
    Column("archive_from", DateTime(timezone=True)),
)


_WRITTEN = "SELECT current, building FROM projections WHERE consumer = %(consumer)s FOR SHARE"


def written(connection: Connection, consumer: str) -> list[int]:
    """The generations that take events now: the one that is read, and one being built beside it.

    A swap waits for the transactions that asked, so that none of them writes a generation nobody reads any more.
    """
    for row in direct(connection, _WRITTEN, {"consumer": consumer}):
        return [number for number in row if number is not None]
    return [FIRST_GENERATION]


def current(connection: Connection, consumer: str) -> int:
    """The generation that is read."""
    return (
        connection.scalar(select(projections.c.current).where(projections.c.consumer == consumer))
        or FIRST_GENERATION
    )


def held(connection: Connection, consumer: str) -> int:
    """The generation that is read; no event of a projection is handled until this transaction ends."""
    mine = projections.c.consumer == consumer
    number: int = connection.execute(select(projections.c.current).where(mine).with_for_update()).scalar_one()
    return number


def open_next(connection: Connection, consumer: str) -> int:
    """Open a new generation beside the current one and return its number; one left half built is given up."""
    row = insert(projections).values(consumer=consumer, current=FIRST_GENERATION, building=None)
    connection.execute(row.on_conflict_do_nothing())
    state = connection.execute(
        select(projections).where(projections.c.consumer == consumer).with_for_update()
    ).one()
    number: int = max(state.current, state.building or 0) + 1
    connection.execute(
        projections.update()
        .where(projections.c.consumer == consumer)
        .values(building=number, opened_at=func.now())
    )
    return number


def building(connection: Connection, consumer: str) -> int | None:
    """The generation being built, if any."""
    return connection.scalar(select(projections.c.building).where(projections.c.consumer == consumer))


def swap(connection: Connection, consumer: str) -> None:
    """Read the generation that was being built from now on."""
    mine = projections.c.consumer == consumer
    connection.execute(select(projections.c.consumer).where(mine).with_for_update())
    connection.execute(
        projections.update().where(mine).values(current=projections.c.building, building=None, opened_at=None)
    )


def unread(connection: Connection, consumer: str) -> list[int]:
    """The generations that were read once, or given up half built."""
    row = connection.execute(
        select(projections.c.current, projections.c.building).where(projections.c.consumer == consumer)
    ).one_or_none()
    if row is None:
        return []
    newest = max(row.current, row.building or 0)
    return [number for number in range(FIRST_GENERATION, newest) if number not in (row.current, row.building)]


def expect(
    connection: Connection, generation: int, source: str, expected: int, archive_from: datetime | None = None
) -> None:
    """Note how many archived events `source` has sent for this generation.

    `archive_from` is when its archive begins; None when nothing was ever dropped from it.
    """
    row = insert(replays).values(
        generation=generation, source=source, expected=expected, archive_from=archive_from
    )
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["generation", "source"],
            set_={"expected": row.excluded.expected, "archive_from": row.excluded.archive_from},
        )
    )


def expected(connection: Connection, generation: int) -> dict[str, int]:
    """For each source that has finished sending: how many events it sent."""
    rows = connection.execute(
        select(replays.c.source, replays.c.expected).where(replays.c.generation == generation)
    )
    return {row.source: row.expected for row in rows}


def archives_from(connection: Connection, generation: int) -> dict[str, datetime]:
    """For each source that could not send everything for this generation: from when on it still had its events."""
    rows = connection.execute(
        select(replays.c.source, replays.c.archive_from).where(
            replays.c.generation == generation, replays.c.archive_from.is_not(None)
        )
    )
    return {row.source: row.archive_from for row in rows}
