"""Rows of staff and shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, delete, select

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.scope import below
from services.chassis.sql import insert_rows
from services.routing.domain.shifts import Shift
from services.routing.storage.tables import shifts, staff


def insert(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a new person."""
    connection.execute(staff.insert().values(**values))


def change(connection: Connection, id_: str, **values: Any) -> None:
    """Set columns of a person and count the change."""
    connection.execute(staff.update().where(staff.c.id == id_).values(**values, version=staff.c.version + 1))


def set_password(connection: Connection, id_: str, password_hash: str) -> None:
    """Replace a person's password; nobody else is told."""
    connection.execute(staff.update().where(staff.c.id == id_).values(password_hash=password_hash))


def lock(connection: Connection, id_: str, *, scope: str = "") -> Row[Any] | None:
    """A person of the subtree, locked until the transaction ends."""
    query = select(staff).where(staff.c.id == id_, below(staff.c.path, scope))
    return connection.execute(query.with_for_update()).one_or_none()


def lock_named(connection: Connection, username: str) -> Row[Any] | None:
    """A person by username, locked."""
    return connection.execute(
        select(staff).where(staff.c.username == username).with_for_update()
    ).one_or_none()


def by_username(connection: Connection, username: str) -> Row[Any] | None:
    """A person by username."""
    return connection.execute(select(staff).where(staff.c.username == username)).one_or_none()


def by_id(connection: Connection, id_: str) -> Row[Any] | None:
    """A person by id."""
    return connection.execute(select(staff).where(staff.c.id == id_)).one_or_none()


def by_ids(connection: Connection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """People by their ids."""
    return connection.execute(select(staff).where(staff.c.id.in_(list(ids)))).all()


def department_of(connection: Connection, id_: str) -> str | None:
    """The department a person belongs to, None if to none."""
    return connection.scalar(select(staff.c.department).where(staff.c.id == id_))


def replace_shifts(connection: Connection, staff_id: str, periods: Sequence[Shift]) -> None:
    """Give a person these shifts and no others."""
    connection.execute(delete(shifts).where(shifts.c.staff_id == staff_id))
    insert_rows(
        connection,
        shifts,
        [{"staff_id": staff_id, "starts": period.starts, "ends": period.ends} for period in periods],
    )


def shifts_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[Shift]]:
    """The shifts of these people."""
    found: dict[str, list[Shift]] = {}
    rows = connection.execute(select(shifts).where(shifts.c.staff_id.in_(list(ids))))
    for row in rows:
        found.setdefault(row.staff_id, []).append(Shift(row.starts, row.ends))
    return found


def page(
    connection: Connection,
    *,
    scope: str,
    page: Page,
    role: str | None = None,
    department: str | None = None,
) -> tuple[Sequence[RowMapping], int]:
    """One page of the staff of a subtree, and how many there are in all."""
    query = select(staff).where(below(staff.c.path, scope))
    if role is not None:
        query = query.where(staff.c.role == role)
    if department is not None:
        query = query.where(staff.c.department == department)
    return one_page(connection, query, page, staff.c[page.sort], staff.c.id)


def everybody(connection: Connection) -> Sequence[RowMapping]:
    """All staff by username, for the command line."""
    return connection.execute(select(staff).order_by(staff.c.username)).mappings().all()
