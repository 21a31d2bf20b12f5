"""What notification keeps of each complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from services.chassis.scope import below
from services.chassis.sql import as_json, direct, insertion
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


_NEW = [column.name for column in cases.columns if column is not cases.c.ended_version]
_REMEMBER = f"{insertion(cases, _NEW, '%(rows)s')} ON CONFLICT (number) DO NOTHING"
_BY_NUMBER = (
    f"SELECT {', '.join(cases.columns.keys())} FROM cases WHERE number = ANY(%(numbers)s) ORDER BY number"  # noqa: S608 - names of ours
)
_END = """
    UPDATE cases SET ended_version = greatest(ended_version, ended.version)
    FROM json_to_recordset(CAST(%(rows)s AS json)) AS ended(number text, version bigint)
    WHERE cases.number = ended.number
    """


def remember(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep new complaints; one already known stays as it is."""
    direct(connection, _REMEMBER, {"rows": as_json(rows)})


def by_number(connection: Connection, numbers: Sequence[str], *, lock: bool = False) -> dict[str, Case]:
    """The complaints with these numbers; those unknown are left out.

    `lock` keeps others from ending them until the transaction does, so that no callback is opened beside its cancellation.
    """
    found = direct(
        connection, f"{_BY_NUMBER} FOR NO KEY UPDATE" if lock else _BY_NUMBER, {"numbers": list(numbers)}
    )
    return {number: Case(number, *rest) for number, *rest in found}


def in_scope(connection: Connection, number: str, scope: str) -> Case | None:
    """The complaint `number` if it lies within `scope`."""
    row = connection.execute(
        select(cases).where(cases.c.number == number, below(cases.c.path, scope))
    ).one_or_none()
    return Case(**row._mapping) if row else None


def end(connection: Connection, versions: Mapping[str, int]) -> None:
    """Note up to which version of routing's stream the resolutions of these complaints are over."""
    rows = [{"number": number, "version": version} for number, version in versions.items()]
    direct(connection, _END, {"rows": as_json(rows)})
