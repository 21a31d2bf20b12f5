"""The copy of the estates, and the departments that serve them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.scope import below
from services.chassis.sql import direct, recordset
from services.routing.storage.tables import departments, estates


@dataclass(frozen=True, slots=True)
class Estate:
    """An estate as routing needs it."""

    code: str
    path: str
    zone: str


def keep_newest(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write estates, each at most once in `rows`; a version that is not newer than the known one changes nothing."""
    source = recordset("r", list(estates.columns), rows)
    names = [column.name for column in estates.columns]
    row = insert(estates).from_select(names, source.select())
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[estates.c.code],
            set_={name: row.excluded[name] for name in names if name != "code"},
            where=estates.c.version < row.excluded.version,
        )
    )


_ESTATES: Final = "SELECT code, path, zone FROM estates WHERE code = ANY(%(codes)s)"


def estates_of(connection: Connection, codes: Collection[str]) -> dict[str, Estate]:
    """The estates with these codes; those not heard of yet are missing."""
    rows = direct(connection, _ESTATES, {"codes": list(codes)})
    return {code: Estate(code, path, zone) for code, path, zone in rows}


def households_of(connection: Connection, code: str) -> int:
    """How many households an estate has, as far as it was counted (R71)."""
    return connection.scalar(select(estates.c.households).where(estates.c.code == code)) or 0


def everywhere(connection: Connection) -> list[Estate]:
    """All estates."""
    rows = connection.execute(select(estates.c.code, estates.c.path, estates.c.zone).order_by(estates.c.code))
    return [Estate(row.code, row.path, row.zone) for row in rows]


def departments_at(connection: Connection, paths: Collection[str]) -> dict[str, frozenset[str]]:
    """For each of `paths` itself the codes of the departments set up there."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(
        select(departments.c.path, departments.c.code).where(departments.c.path.in_(list(paths)))
    ):
        found.setdefault(row.path, set()).add(row.code)
    return {path: frozenset(codes) for path, codes in found.items()}


def keep_departments(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write departments, each at most once in `rows`."""
    row = insert(departments).from_select(
        ["path", "code", "name"], recordset("r", list(departments.columns), rows).select()
    )
    connection.execute(
        row.on_conflict_do_update(index_elements=["path", "code"], set_={"name": row.excluded.name})
    )


def list_departments(connection: Connection, *, scope: str) -> Sequence[RowMapping]:
    """Departments of a subtree, by path and code."""
    query = select(departments).where(below(departments.c.path, scope))
    return connection.execute(query.order_by(departments.c.path, departments.c.code)).mappings().all()
