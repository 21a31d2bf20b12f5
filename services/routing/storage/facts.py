"""Rows of what is known of cases, append only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from services.chassis.sql import insert_rows
from services.routing.storage.tables import case_facts

#: Stands among the facts of a case where a person decided on its severity, which is the value.
OVERRULED: Final = "overruled"


def append(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add facts, in their order."""
    insert_rows(connection, case_facts, rows)


def of_cases(connection: Connection, numbers: Collection[str]) -> dict[str, list[Row[Any]]]:
    """What is known of these cases, oldest first; those of which nothing is known are missing."""
    query = select(case_facts).where(case_facts.c.number.in_(list(numbers))).order_by(case_facts.c.id)
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.number, []).append(row)
    return found
