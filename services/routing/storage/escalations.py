"""Rows of levels that were reached, and of those who look on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.chassis.sql import Prepared, insert_rows, recordset
from services.routing.storage.tables import escalations, observers


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write levels that were reached; the key keeps one from being reached twice."""
    insert_rows(connection, escalations, rows)


def observe(connection: Connection, number: str, staff_ids: Iterable[str], now: datetime) -> None:
    """Let people look on at a case; who does so already, does so on."""
    rows = [{"number": number, "staff_id": id_, "added_at": now} for id_ in sorted(staff_ids)]
    if rows:
        source = recordset("r", list(observers.columns), rows)
        names = [column.name for column in observers.columns]
        connection.execute(upsert(observers).from_select(names, source.select()).on_conflict_do_nothing())


_OBSERVERS: Final = Prepared(
    select(observers.c.staff_id)
    .where(observers.c.number == bindparam("number"))
    .order_by(observers.c.added_at, observers.c.staff_id)
)


def observers_of(connection: Connection, number: str) -> list[str]:
    """Who looks on at a case, in the order they were added."""
    return _OBSERVERS.values(connection, number=number)
