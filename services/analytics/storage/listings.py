"""What a report lists besides figures: places that repeat, buildings, what is overdue, opinions, typical cases (R192)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Connection, Label, RowMapping, case, desc, func, select

from services.analytics.domain import Question
from services.analytics.storage.causes import late_clock, standing
from services.analytics.storage.changes import Stale
from services.analytics.storage.days import received_in
from services.analytics.storage.measures import complaints
from services.analytics.storage.tables import estates, facts
from services.chassis.scope import below
from services.contracts.vocabulary import Satisfaction, Severity

#: Rows of each list: what a person reads of a month. The totals beside them are of all.
MOST: Final = 200

#: 3栋, 12号楼, A座, 七幢, BUILDING 5, in a place in upper case.
_BUILDING: Final = (
    r"(?:[0-9A-Z]{1,4}|[一二三四五六七八九十]{1,3})\s*[#号]?\s*(?:栋|幢|座|号楼|#楼|楼栋)"
    r"|\m(?:BUILDING|BLOCK|TOWER)\s*[0-9]{1,4}[A-Z]?"
)


def buildings(
    connection: Connection, generation: int, question: Question, stale: Collection[Stale] | None
) -> Sequence[RowMapping]:
    """The buildings with the most valid complaints: `estate`, `name`, `building`, `valid` and `repeats`."""
    bare = func.replace(func.substring(facts.c.place, _BUILDING), " ", "")
    rows = _complaints(generation, question, stale, {"building": func.ltrim(bare, "0")})
    columns = (rows.c.estate, rows.c.name, rows.c.building)
    query = (
        select(
            *columns,
            func.count().label("valid"),
            func.count().filter(rows.c.repeats).label("repeats"),
        )
        .where(rows.c.valid, rows.c.building.is_not(None))
        .group_by(*columns)
        .order_by(desc("valid"), rows.c.estate, rows.c.building)
    )
    return _rows(connection, query)


def repeated(
    connection: Connection, generation: int, question: Question, stale: Collection[Stale] | None
) -> Sequence[RowMapping]:
    """The places that complaints were repeated of most: `estate`, `name`, `place`, `category` and `repeats` (R190)."""
    rows = _complaints(generation, question, stale, {"place": facts.c.place, "category": facts.c.category})
    columns = (rows.c.estate, rows.c.name, rows.c.place, rows.c.category)
    query = (
        select(*columns, func.count().label("repeats"))
        .where(rows.c.repeats)
        .group_by(*columns)
        .order_by(desc("repeats"), *columns)
    )
    return _rows(connection, query)


def overdue(connection: Connection, generation: int, question: Question) -> tuple[Sequence[RowMapping], int]:
    """What is open with a clock past its target, oldest first, with what is late and why; and how many there are in all."""
    rows = _complaints(generation, question, (), {**_OF_A_CASE, "clock": late_clock})
    late = select(rows).where(rows.c.overdue)
    total = connection.scalar(select(func.count()).select_from(late.subquery())) or 0
    return _rows(connection, late.order_by(rows.c.received_at, rows.c.number)), total


def opinions(connection: Connection, generation: int, question: Question) -> Mapping[str, int]:
    """How many complainants said what of the result, the latest answer of each (R172)."""
    rows = _complaints(generation, question, (), {})
    query = (
        select(rows.c.satisfaction, func.count().label("opinions"))
        .where(rows.c.satisfaction.is_not(None))
        .group_by(rows.c.satisfaction)
    )
    found = {row.satisfaction: row.opinions for row in connection.execute(query)}
    return {word.value: found.get(word.value, 0) for word in Satisfaction}


def typical(
    connection: Connection, generation: int, question: Question, stale: Collection[Stale] | None, most: int
) -> Sequence[RowMapping]:
    """The cases most is to be learnt from: the gravest, and those that left somebody dissatisfied (R194)."""
    rows = _complaints(generation, question, stale, _OF_A_CASE)
    gravity = case({word.value: rank for rank, word in enumerate(Severity)}, value=rows.c.severity, else_=0)
    query = (
        select(rows)
        .where(rows.c.valid)
        .order_by(
            gravity.desc(),
            (rows.c.satisfaction == Satisfaction.DISSATISFIED.value).desc().nulls_last(),
            rows.c.repeats.desc(),
            rows.c.resolution.desc().nulls_first(),
            rows.c.received_at,
            rows.c.number,
        )
    )
    return connection.execute(query.limit(most)).mappings().all()


def place_of(connection: Connection, generation: int, scope: str) -> tuple[str | None, str | None]:
    """What the node of the tenant tree at this path is called, as far as it is a group, a region or an estate, and its zone."""
    code = scope.rpartition("/")[2]
    named = case(
        (estates.c.path == scope, estates.c.name),
        (estates.c.region_code == code, estates.c.region_name),
        (estates.c.group_code == code, estates.c.group_name),
    )
    query = (
        select(named, estates.c.zone)
        .where(estates.c.generation == generation, below(estates.c.path, scope))
        .order_by(estates.c.path)
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    return (None, None) if found is None else (found[0], found[1])


_OF_A_CASE: Final[Mapping[str, ColumnElement[Any]]] = {
    "category": facts.c.category,
    "severity": facts.c.severity,
    "department": facts.c.department,
    "cause": facts.c.cause,
    "place": facts.c.place,
    "received_at": facts.c.received_at,
    "status": standing,
    "zone": estates.c.zone,
}


def _complaints(
    generation: int,
    question: Question,
    stale: Collection[Stale] | None,
    keys: Mapping[str, ColumnElement[Any]],
) -> CTE:
    named: list[Label[Any]] = [facts.c.estate.label("estate"), estates.c.name.label("name")]
    return complaints(
        generation,
        question.kinds,
        keys=[*named, *(expression.label(name) for name, expression in keys.items())],
        within=below(estates.c.path, question.scope),
        received=received_in(question.window),
        stale=stale,
    )


def _rows(connection: Connection, query: Any) -> Sequence[RowMapping]:
    return connection.execute(query.limit(MOST)).mappings().all()
