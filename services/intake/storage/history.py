"""Queries on complaints taken over from other systems' records: which rows are here, and how far a run is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sql import insert_rows, recordset
from services.intake.storage.tables import complaints, history_rejects, history_runs, history_sources


@dataclass(frozen=True, slots=True)
class Source:
    """A row of a mapping that became the complaint `number`; `digest` tells whether it still says the same."""

    mapping: str
    id: str
    number: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: its last line, its id where it has one, and why (a code with column and value)."""

    line: int
    id: str | None
    reason: str
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is: the last line that was dealt with, and what became of the rows up to there."""

    position: int = 1
    taken: int = 0
    known: int = 0
    rejected: int = 0


def digests(connection: Connection, mapping: str, ids: Collection[str]) -> dict[str, bytes]:
    """Those of the rows that are here already, by id."""
    rows = connection.execute(
        select(history_sources.c.id, history_sources.c.digest).where(
            history_sources.c.mapping == mapping, history_sources.c.id == func.any(list(ids))
        )
    )
    return {row.id: bytes(row.digest) for row in rows}


def taken_numbers(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that complaints have."""
    return set(
        connection.scalars(select(complaints.c.number).where(complaints.c.number == func.any(list(numbers))))
    )


def claim(connection: Connection, sources: Sequence[Source]) -> set[str]:
    """Note that these rows become complaints; returns the ids that nobody else has noted meanwhile."""
    if not sources:
        return set()
    columns = list(history_sources.columns)
    given = recordset("r", columns, [asdict(source) for source in sources])
    # Sorted, so that two runs that take the same rows wait for each other in the same order.
    ordered = select(*(given.c[c.name] for c in columns)).order_by(given.c.id)
    statement = insert(history_sources).from_select([c.name for c in columns], ordered)
    return set(connection.scalars(statement.on_conflict_do_nothing().returning(history_sources.c.id)))


def begin_run(connection: Connection, run: str, mapping: str, file: str) -> None:
    """Know of a run; one that was interrupted is known already."""
    row = insert(history_runs).values(run=run, mapping=mapping, file=file, **asdict(Standing()))
    connection.execute(row.on_conflict_do_nothing())


def lock_run(connection: Connection, run: str) -> Standing:
    """How far a run is; held until the transaction ends, so that two processes take turns."""
    return Standing(*connection.execute(_STANDING.where(history_runs.c.run == run).with_for_update()).one())


def standing(connection: Connection, run: str) -> Standing:
    """How far a run is."""
    return Standing(*connection.execute(_STANDING.where(history_runs.c.run == run)).one())


_STANDING = select(
    history_runs.c.position, history_runs.c.taken, history_runs.c.known, history_runs.c.rejected
)


def advance(connection: Connection, run: str, now: Standing) -> None:
    """Note how far a run is now."""
    connection.execute(history_runs.update().where(history_runs.c.run == run).values(asdict(now)))


def keep_rejects(connection: Connection, run: str, rejects: Sequence[Reject]) -> None:
    """Keep why rows of a run were not taken."""
    rows: list[Mapping[str, Any]] = [{"run": run, **asdict(reject)} for reject in rejects]
    insert_rows(connection, history_rejects, rows)


def rejects(connection: Connection, run: str) -> list[Reject]:
    """The rows of a run that were not taken, by line."""
    columns = [c for c in history_rejects.columns if c.name != "run"]
    rows = connection.execute(
        select(*columns).where(history_rejects.c.run == run).order_by(history_rejects.c.line)
    )
    return [Reject(*row) for row in rows]
