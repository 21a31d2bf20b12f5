"""What happened to a case, append only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from services.chassis.sql import insert_rows
from services.routing.storage.tables import timeline


def entry(
    number: str,
    at: datetime,
    name: str,
    *,
    by: str | None = None,
    text: str | None = None,
    work_order_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A row for `append`."""
    return {
        "number": number,
        "at": at,
        "entry": name,
        "by": by,
        "text": text,
        "work_order_id": work_order_id,
        "details": details,
    }


def append(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add entries, in their order."""
    insert_rows(connection, timeline, rows)


def of_case(connection: Connection, number: str) -> Sequence[RowMapping]:
    """The entries of a case, oldest first."""
    query = select(timeline).where(timeline.c.number == number).order_by(timeline.c.at, timeline.c.id)
    return connection.execute(query).mappings().all()
