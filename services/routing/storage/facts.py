"""Rows of what is known of cases, append only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.chassis.scope import below
from services.chassis.sql import Prepared, among, insert_rows
from services.routing.storage.tables import case_facts, cases, estates

#: Stands among the facts of a case where a person decided on its severity, which is the value.
OVERRULED: Final = "overruled"


#: Cases read at a time where all are.
_PIECE: Final = 2000


class Known(NamedTuple):
    """A fact without its circumstances."""

    name: str
    value: Any
    source: str


def append(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add facts, in their order."""
    insert_rows(connection, case_facts, rows)


_OF_CASES: Final = Prepared(
    select(case_facts).where(among(case_facts.c.number, "numbers")).order_by(case_facts.c.id)
)


def of_cases(connection: Connection, numbers: Collection[str]) -> dict[str, list[Any]]:
    """What is known of these cases, oldest first; those of which nothing is known are missing."""
    found: dict[str, list[Any]] = {}
    for row in _OF_CASES.rows(connection, numbers=list(numbers)):
        found.setdefault(row.number, []).append(row)
    return found


def with_cases(connection: Connection, *, since: datetime, scope: str) -> Iterator[Row[Any]]:
    """The cases of a subtree received since an instant, oldest first.

    Each has path and zone of its estate and its facts as `Known`s.
    """
    one = func.json_build_array(case_facts.c.name, case_facts.c.value, case_facts.c.source)
    known = select(func.json_agg(aggregate_order_by(one, case_facts.c.id)))
    query = (
        select(
            cases.c.number,
            cases.c.estate,
            cases.c.channel,
            cases.c.category,
            cases.c.urgency,
            cases.c.severity,
            estates.c.path,
            estates.c.zone,
            known.where(case_facts.c.number == cases.c.number).scalar_subquery().label("facts"),
        )
        .join(estates, estates.c.code == cases.c.estate)
        .where(cases.c.received_at >= since, ~cases.c.historical, below(estates.c.path, scope))
        .order_by(cases.c.received_at, cases.c.number)
    )
    rows: Iterable[Row[Any]] = connection.execution_options(yield_per=_PIECE).execute(query)
    yield from rows
