"""Rows of investigations (R72)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from services.routing.storage.tables import investigations


def start(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write a new one."""
    connection.execute(investigations.insert().values(**row))


def among(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of the cases whose matter is under investigation."""
    query = select(investigations.c.number).where(investigations.c.number.in_(list(numbers)))
    return set(connection.scalars(query))


def move(connection: Connection, number: str, to: str) -> None:
    """The group has another master."""
    connection.execute(investigations.update().where(investigations.c.number == number).values(number=to))


def of_case(connection: Connection, number: str) -> RowMapping | None:
    """The investigation into the matter of a master, None where there is none."""
    query = select(investigations).where(investigations.c.number == number)
    return connection.execute(query).mappings().one_or_none()
