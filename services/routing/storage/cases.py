"""Rows of cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, exists, or_, select

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.sql import Prepared, among, as_json, direct, direct_rows, selecting, updating
from services.routing.storage.links import members_of
from services.routing.storage.repeats import is_repeat
from services.routing.storage.scope import VISIBLE, estates_below, visible_in
from services.routing.storage.tables import (
    approvals,
    case_facts,
    case_links,
    cases,
    estates,
    investigations,
    observers,
    pauses,
    proposals,
)

_CASES = selecting(cases)
# Stronger locks would keep rows that refer to a case from being written meanwhile, suggestions for one.
_LOCK = f"{_CASES} WHERE number = ANY(%(numbers)s) ORDER BY number FOR NO KEY UPDATE"
_LOCK_ONE = f"{_CASES} WHERE number = %(number)s AND {VISIBLE.format(table='cases')} FOR NO KEY UPDATE"


def lock(connection: Connection, numbers: Collection[str]) -> dict[str, Any]:
    """The cases with these numbers, locked until the transaction ends; unknown ones are missing."""
    return {row.number: row for row in direct_rows(connection, _LOCK, {"numbers": list(numbers)})}


def lock_one(connection: Connection, number: str, *, scope: str) -> Any | None:
    """A case of the subtree, locked; None where there is none."""
    found = direct_rows(connection, _LOCK_ONE, {"number": number, "scope": scope})
    return found[0] if found else None


def known(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that are cases."""
    return set(connection.scalars(select(cases.c.number).where(cases.c.number.in_(list(numbers)))))


_VISIBLE = Prepared(select(cases.c.number).where(among(cases.c.number, "numbers"), visible_in(cases)))


def visible(connection: Connection, numbers: Collection[str], *, scope: str) -> set[str]:
    """Those of the numbers that are cases of the subtree."""
    return set(_VISIBLE.values(connection, numbers=list(numbers), scope=scope))


def change(connection: Connection, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Set `columns` of cases to what `rows` say, each named by its `number`."""
    if rows:
        direct(connection, _change(tuple(columns)), {"rows": as_json(rows)})


@cache
def _change(columns: tuple[str, ...]) -> str:
    return updating(cases, "number", columns)


def find(connection: Connection, number: str, *, scope: str) -> Mapping[str, Any] | None:
    """A case of the subtree, with path and zone of its estate; None where there is none.

    `has_approvals` and so on say which of the parts a case may have this one has, so that nobody need ask for the others.
    """
    return next(iter(_FIND.mappings(connection, number=number, scope=scope)), None)


def page(
    connection: Connection,
    *,
    scope: str,
    page: Page,
    estate: str | None = None,
    status: str | None = None,
    category: str | None = None,
    urgency: str | None = None,
    severity: str | None = None,
    malicious: bool | None = None,
    repeat: bool | None = None,
    joined_to: str | None = None,
) -> tuple[Sequence[RowMapping], int]:
    """One page of the cases of a subtree that fit every filter given, and how many there are in all."""
    wanted = {
        "estate": estate,
        "status": status,
        "category": category,
        "urgency": urgency,
        "severity": severity,
        "malicious": malicious,
    }
    query = _shown().where(cases.c.estate.in_(estates_below(scope)))
    if repeat is not None:
        query = query.where(is_repeat() if repeat else ~is_repeat())
    if joined_to is not None:
        query = query.where(cases.c.number.in_(members_of(joined_to)))
    for name, value in wanted.items():
        if value is not None:
            query = query.where(cases.c[name] == value)
    return one_page(connection, query, page, cases.c[page.sort], cases.c.number)


def _shown() -> Select[Any]:
    """Cases with what is told of them beside their columns."""
    return select(cases, is_repeat().label("repeat"))


_PARTS = {
    "approvals": approvals.c.number == cases.c.number,
    "facts": case_facts.c.number == cases.c.number,
    "investigation": investigations.c.number == cases.c.number,
    "links": case_links.c.removed_at.is_(None)
    & or_(case_links.c.number == cases.c.number, case_links.c.other == cases.c.number),
    "observers": observers.c.number == cases.c.number,
    "pauses": pauses.c.number == cases.c.number,
    "proposals": proposals.c.number == cases.c.number,
}
_FIND = Prepared(
    _shown()
    .add_columns(
        estates.c.path,
        estates.c.zone,
        *(exists().where(belongs).label(f"has_{part}") for part, belongs in _PARTS.items()),
    )
    .join(estates, estates.c.code == cases.c.estate)
    .where(cases.c.number == bindparam("number"), visible_in(cases))
)
