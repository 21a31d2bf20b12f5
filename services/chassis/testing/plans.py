"""What PostgreSQL does for a statement, so that a test can hold that it walks the index made for the question."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Engine, event

from services.chassis.sql import driver_of


def executed_plans(engine: Engine, action: Callable[[Connection], object]) -> list[dict[str, Any]]:
    """Every node of the plans of all statements that `action` runs in a transaction, executed; nothing of it is kept."""
    said: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_others: object) -> None:
        said.append((statement, parameters))

    with engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", note)
        action(connection)
        connection.rollback()
    nodes: list[dict[str, Any]] = []
    with engine.connect() as connection, driver_of(connection).cursor() as cursor:
        for statement, parameters in said:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}".encode(), parameters)
            found: Any = cursor.fetchone()
            told = found[0]
            nodes += _nodes((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])
        connection.rollback()
    return nodes


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
