"""The copy of the estates: where they hang in the tree, and which zone they live in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, exists, literal, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from services.analytics.storage.tables import estates
from services.chassis.scope import below
from services.chassis.sql import recordset


def keep_newest_estates(connection: Connection, generation: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let each row replace the estate `code`, unless that is of the same version or a newer one."""
    names = [name for name in rows[0] if name != "generation"]
    given = recordset("r", [estates.c[name] for name in names], rows)
    newest = (
        select(literal(generation), *(given.c[name] for name in names))
        .ext(distinct_on(given.c.code))
        .order_by(given.c.code, given.c.version.desc())
    )
    row = insert(estates).from_select(["generation", *names], newest)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[estates.c.generation, estates.c.code],
            set_={name: row.excluded[name] for name in names if name != "code"},
            where=estates.c.version < row.excluded.version,
        )
    )


def any_within(connection: Connection, generation: int, scope: str) -> bool:
    """Whether an estate is known at or below `scope`."""
    known = exists().where(estates.c.generation == generation, below(estates.c.path, scope))
    return bool(connection.scalar(select(known)))
