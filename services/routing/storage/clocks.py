"""Rows of clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, DateTime, Row, RowMapping, Text, select, tuple_

from services.chassis.sql import recordset
from services.routing.storage.tables import cases, clocks

_MARKS: list[Column[Any]] = [
    Column("number", Text),
    Column("name", Text),
    Column("stopped_at", DateTime(timezone=True)),
    Column("breached_at", DateTime(timezone=True)),
]


def lock_running(connection: Connection, keys: Sequence[tuple[str, str]]) -> Sequence[Row[Any]]:
    """Those of the clocks (number, name) that still run, locked until the transaction ends."""
    query = select(clocks).where(
        tuple_(clocks.c.number, clocks.c.name).in_(list(keys)), clocks.c.stopped_at.is_(None)
    )
    return connection.execute(query.order_by(clocks.c.number, clocks.c.name).with_for_update()).all()


def lock_overdue(connection: Connection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Running clocks past their target whose breach was not told yet, oldest due first, with what their case says.

    Rows that another transaction holds are left to it (SKIP LOCKED).
    """
    query = (
        select(clocks, cases.c.estate, cases.c.historical)
        .join(cases, cases.c.number == clocks.c.number)
        .where(clocks.c.due_at < now, clocks.c.stopped_at.is_(None), clocks.c.breached_at.is_(None))
        .order_by(clocks.c.due_at, clocks.c.number, clocks.c.name)
        .limit(limit)
        .with_for_update(of=clocks, skip_locked=True)
    )
    return connection.execute(query).all()


def mark(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set `stopped_at` and `breached_at` of clocks named by `number` and `name`."""
    if not rows:
        return
    marks = recordset("m", _MARKS, rows)
    connection.execute(
        clocks.update()
        .where(clocks.c.number == marks.c.number, clocks.c.name == marks.c.name)
        .values(stopped_at=marks.c.stopped_at, breached_at=marks.c.breached_at)
    )


def of_case(connection: Connection, number: str) -> Sequence[RowMapping]:
    """All clocks of a case, in the order they start."""
    query = select(clocks).where(clocks.c.number == number).order_by(clocks.c.started_at, clocks.c.name)
    return connection.execute(query).mappings().all()
