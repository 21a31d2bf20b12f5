"""Callback tasks and the attempts made for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.scope import below
from services.chassis.sql import recordset
from services.notification.domain.callbacks import Status
from services.notification.storage.tables import callback_attempts, callbacks, cases

#: What a task gets only by an attempt; it starts as the table says.
_LATER = frozenset({"attempts", "claimed_by", "claimed_until", "comment"})
_WRITTEN = [column for column in callbacks.columns if column.name not in _LATER]


def write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Write tasks; one that exists for the same round of a complaint is not written again. Returns the ids written."""
    source = recordset("r", _WRITTEN, rows)
    statement = insert(callbacks).from_select([column.name for column in _WRITTEN], source.select())
    written = statement.on_conflict_do_nothing(constraint="callbacks_once").returning(callbacks.c.id)
    return set(connection.scalars(written))


def cancel_ended(connection: Connection, numbers: Sequence[str]) -> None:
    """Cancel the open tasks of these complaints whose resolution is over (`cases.ended_version`)."""
    connection.execute(
        callbacks.update()
        .where(
            callbacks.c.number.in_(sorted(numbers)),
            callbacks.c.number == cases.c.number,
            callbacks.c.resolved_version < cases.c.ended_version,
            callbacks.c.status == Status.OPEN,
        )
        .values(status=Status.CANCELLED, claimed_by=None, claimed_until=None)
    )


def end_unreachable(
    connection: Connection, party_ids: Sequence[str], outcome: str, now: datetime
) -> list[Mapping[str, Any]]:
    """End the open tasks about these residents with this outcome; returns them."""
    rows = connection.execute(
        callbacks.update()
        .where(callbacks.c.party_id.in_(sorted(party_ids)), callbacks.c.status == Status.OPEN)
        .values(
            status=Status.COMPLETED, outcome=outcome, completed_at=now, claimed_by=None, claimed_until=None
        )
        .returning(callbacks)
    )
    return [dict(row._mapping) for row in rows]


def locked(connection: Connection, id_: str, scope: str) -> Mapping[str, Any] | None:
    """The task `id_` if it lies within `scope`, nobody else changing it until the transaction ends."""
    row = connection.execute(
        select(callbacks).where(callbacks.c.id == id_, below(callbacks.c.path, scope)).with_for_update()
    ).one_or_none()
    return dict(row._mapping) if row else None


def claim(connection: Connection, id_: str, by: str, until: datetime) -> None:
    """Give the task to one person until then."""
    connection.execute(
        callbacks.update().where(callbacks.c.id == id_).values(claimed_by=by, claimed_until=until)
    )


def change(connection: Connection, id_: str, values: Mapping[str, Any]) -> None:
    """Write what an attempt made of the task; nobody has it in hand any more."""
    connection.execute(
        callbacks.update().where(callbacks.c.id == id_).values(claimed_by=None, claimed_until=None, **values)
    )


def add_attempt(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep one attempt (R136)."""
    connection.execute(insert(callback_attempts).values(row))


def listing(
    connection: Connection, scope: str, *, number: str | None, status: str | None, page: Page
) -> tuple[list[dict[str, Any]], int]:
    """Tasks within `scope` by the time they are due, and how many there are."""
    c = callbacks.c
    query = select(callbacks).where(below(c.path, scope))
    if number is not None:
        query = query.where(c.number == number)
    if status is not None:
        query = query.where(c.status == status)
    rows, total = one_page(connection, query, page, c.due_at, c.id)
    return [dict(row) for row in rows], total
