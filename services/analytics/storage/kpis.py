"""The KPIs of a subtree in a window, by one key (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Label,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
)

from services.analytics.domain import Bound, By, Level, Measures, Window
from services.analytics.storage.measures import complaints, measures, measures_of
from services.analytics.storage.tables import estates, facts
from services.chassis.scope import below


@dataclass(frozen=True)
class Group:
    """The complaints of one key; None collects those that have none."""

    key: str | None
    name: str | None
    measures: Measures


_local = func.timezone(estates.c.zone, facts.c.received_at)
_category_group = func.split_part(
    facts.c.category, case((facts.c.category.contains("/"), "/"), else_="."), 1, type_=Text
)
_KEYS: dict[By, tuple[ColumnElement[Any], ColumnElement[Any]]] = {
    By.ESTATE: (estates.c.code, estates.c.name),
    By.REGION: (estates.c.region_code, estates.c.region_name),
    By.CATEGORY: (facts.c.category, null()),
    By.CHANNEL: (facts.c.channel, null()),
    By.MONTH: (func.to_char(_local, "YYYY-MM"), null()),
    By.SEVERITY: (facts.c.severity, null()),
    By.DEPARTMENT: (facts.c.department, null()),
}


def kpis(
    connection: Connection,
    generation: int,
    *,
    scope: str,
    window: Window,
    by: By,
    level: Level,
    kinds: Sequence[str],
) -> list[Group]:
    """The groups that have a complaint, in the order of their keys; the nameless one comes last."""
    key, name = _KEYS[by]
    if by is By.CATEGORY and level is Level.GROUP:
        key = _category_group
    keys: list[Label[Any]] = [key.label("key"), name.label("name")]
    rows = complaints(
        generation, kinds, keys=keys, within=below(estates.c.path, scope), received=_received(window)
    )
    grouped = (
        select(rows.c.key, func.max(rows.c.name).label("name"), *measures(rows))
        .group_by(rows.c.key)
        .order_by(rows.c.key)
    )
    return [
        Group(row["key"], row["name"], measures_of(row)) for row in connection.execute(grouped).mappings()
    ]


def _received(window: Window) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if window.start is not None:
        conditions.append(facts.c.received_at >= _begin(window.start))
    if window.end is not None:
        conditions.append(facts.c.received_at < _begin(window.end))
    return and_(*conditions)


def _begin(bound: Bound) -> ColumnElement[Any]:
    """The instant at which `bound` begins in the estate's zone."""
    if isinstance(bound, datetime):
        return literal(bound)
    return func.timezone(estates.c.zone, cast(literal(bound), DateTime(timezone=False)))
