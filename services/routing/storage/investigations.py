"""Rows of investigations (R72)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from services.chassis.sql import Prepared
from services.chassis.sql import among as among_these
from services.routing.storage.tables import investigations


def start(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write a new one."""
    connection.execute(investigations.insert().values(**row))


def among(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of the cases whose matter is under investigation."""
    return set(_AMONG.values(connection, numbers=list(numbers)))


def move(connection: Connection, number: str, to: str) -> None:
    """The group has another master."""
    connection.execute(investigations.update().where(investigations.c.number == number).values(number=to))


_OF_CASE: Final = Prepared(select(investigations).where(investigations.c.number == bindparam("number")))
_AMONG: Final = Prepared(
    select(investigations.c.number).where(among_these(investigations.c.number, "numbers"))
)


def of_case(connection: Connection, number: str) -> Mapping[str, Any] | None:
    """The investigation into the matter of a master, None where there is none."""
    return next(iter(_OF_CASE.mappings(connection, number=number)), None)
