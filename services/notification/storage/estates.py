"""The copy of the estates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sql import direct, recordset
from services.notification.storage.tables import estates


@dataclass(frozen=True)
class Estate:
    """Name and IANA zone of an estate."""

    name: str
    zone: str


def remember(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the newest state of each estate; `rows` hold each at most once."""
    columns = list(estates.columns)
    source = recordset("r", columns, rows)
    statement = insert(estates).from_select(
        [c.name for c in columns], source.select().order_by(source.c.code)
    )
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[estates.c.code],
            set_={"name": new.name, "zone": new.zone, "version": new.version},
            where=estates.c.version < new.version,
        )
    )


_BY_CODE = "SELECT code, name, zone FROM estates WHERE code = ANY(%(codes)s)"


def by_code(connection: Connection, codes: Sequence[str]) -> dict[str, Estate]:
    """The estates with these codes; those unknown are left out."""
    found = direct(connection, _BY_CODE, {"codes": list(set(codes))})
    return {code: Estate(name, zone) for code, name, zone in found}
