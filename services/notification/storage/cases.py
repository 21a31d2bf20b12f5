"""What notification keeps of each complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.scope import below
from services.chassis.sql import recordset
from services.notification.storage.tables import cases


@dataclass(frozen=True)
class Case:
    """A complaint; `party_id` is None where nobody may be told."""

    number: str
    estate: str
    path: str
    party_id: str | None
    kind: str
    received_at: datetime
    ended_version: int


def remember(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep new complaints; one already known stays as it is."""
    columns = [c for c in cases.columns if c is not cases.c.ended_version]
    source = recordset("r", columns, rows)
    statement = insert(cases).from_select([c.name for c in columns], source.select())
    connection.execute(statement.on_conflict_do_nothing(index_elements=[cases.c.number]))


def by_number(connection: Connection, numbers: Sequence[str], *, lock: bool = False) -> dict[str, Case]:
    """The complaints with these numbers; those unknown are left out.

    `lock` keeps others from ending them until the transaction does, so that no callback is opened beside its cancellation.
    """
    query = select(cases).where(cases.c.number.in_(sorted(set(numbers)))).order_by(cases.c.number)
    rows = connection.execute(query.with_for_update() if lock else query)
    return {row.number: Case(**row._mapping) for row in rows}


def in_scope(connection: Connection, number: str, scope: str) -> Case | None:
    """The complaint `number` if it lies within `scope`."""
    row = connection.execute(
        select(cases).where(cases.c.number == number, below(cases.c.path, scope))
    ).one_or_none()
    return Case(**row._mapping) if row else None


def end(connection: Connection, versions: Mapping[str, int]) -> None:
    """Note up to which version of routing's stream the resolutions of these complaints are over."""
    columns: list[Column[Any]] = [cases.c.number, Column("version", BigInteger)]
    rows = [{"number": number, "version": version} for number, version in sorted(versions.items())]
    ended = recordset("ended", columns, rows)
    connection.execute(
        cases.update()
        .where(cases.c.number == ended.c.number)
        .values(ended_version=func.greatest(cases.c.ended_version, ended.c.version))
    )
