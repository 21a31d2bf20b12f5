"""Writing facts: two statements, each the same in any order and however often (DESIGN §2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on, insert

from services.analytics.storage.changes import noting
from services.analytics.storage.tables import PROJECTED, facts
from services.chassis.sql import delete_some, recordset


def keep_newest(
    connection: Connection, generation: int, rows: Sequence[Mapping[str, Any]], *, order: Sequence[str]
) -> None:
    """Let each row replace its columns of the fact `number`, unless those that are there rank as high in `order`.

    The rows have the same columns, all of `order` among them; several of one number may be given.
    """
    if not rows:
        return
    names = [column.name for column in facts.c if column.name in rows[0]]
    given = recordset("r", [facts.c[name] for name in names], rows)
    newest = (
        select(literal(generation), *(given.c[name] for name in names))
        .ext(distinct_on(given.c.number))
        .order_by(given.c.number, *(given.c[name].desc() for name in order))
    )
    row = insert(facts).from_select(["generation", *names], newest)
    newer = row.on_conflict_do_update(
        index_elements=[facts.c.generation, facts.c.number],
        set_={name: row.excluded[name] for name in names if name != "number"},
        where=or_(
            facts.c[order[0]].is_(None),
            tuple_(*(facts.c[name] for name in order)) < tuple_(*(row.excluded[name] for name in order)),
        ),
    )
    connection.execute(noting(generation, newer))


def keep_earliest(
    connection: Connection, generation: int, column: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Set the instant `column` of each fact to the earliest told; a row is `number` and that column."""
    if not rows:
        return
    given = recordset("r", [facts.c.number, facts.c[column]], rows)
    earliest = (
        select(literal(generation), given.c.number, func.min(given.c[column]))
        .group_by(given.c.number)
        .order_by(given.c.number)
    )
    row = insert(facts).from_select(["generation", "number", column], earliest)
    earlier = row.on_conflict_do_update(
        index_elements=[facts.c.generation, facts.c.number],
        set_={column: row.excluded[column]},
        where=or_(facts.c[column].is_(None), row.excluded[column] < facts.c[column]),
    )
    connection.execute(noting(generation, earlier))


def drop_generation(connection: Connection, generation: int, limit: int) -> int:
    """Delete up to `limit` rows of each table of a generation that is no longer read; returns how many."""
    return sum(delete_some(connection, table, table.c.generation == generation, limit) for table in PROJECTED)
