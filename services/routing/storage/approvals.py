"""Rows of approvals: what was asked of a second person, and what he said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, select

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.routing.domain.approvals import Status
from services.routing.storage.scope import estates_below
from services.routing.storage.tables import approvals

_OPEN = approvals.c.status == Status.REQUESTED.value


def insert(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a new request."""
    connection.execute(approvals.insert().values(**values))


def number_of(connection: Connection, id_: str, *, scope: str) -> str | None:
    """The number of the case of a request of the subtree; None where there is none."""
    query = select(approvals.c.number).where(approvals.c.id == id_, _in_subtree(scope))
    return connection.scalar(query)


def lock(connection: Connection, id_: str) -> Row[Any]:
    """A request, locked until the transaction ends. Lock its case before."""
    return connection.execute(select(approvals).where(approvals.c.id == id_).with_for_update()).one()


def open_of(connection: Connection, number: str, kinds: Collection[str]) -> Row[Any] | None:
    """The open request of one of these kinds on a case; None where there is none."""
    query = select(approvals).where(approvals.c.number == number, approvals.c.kind.in_(list(kinds)), _OPEN)
    return connection.execute(query.order_by(approvals.c.requested_at, approvals.c.id)).first()


def decide(
    connection: Connection, id_: str, status: Status, *, by: str, reason: str | None, at: datetime
) -> None:
    """Write how a request ended."""
    values = {"status": status.value, "decided_by": by, "decision_reason": reason, "decided_at": at}
    connection.execute(approvals.update().where(approvals.c.id == id_).values(**values))


def lapse(connection: Connection, numbers: Collection[str], at: datetime) -> Sequence[Row[Any]]:
    """Withdraw every open request on these cases, by nobody; returns them."""
    mine = approvals.c.number.in_(list(numbers)) & _OPEN
    ended = approvals.update().where(mine).values(status=Status.WITHDRAWN.value, decided_at=at)
    return connection.execute(ended.returning(approvals)).all()


def find(connection: Connection, id_: str, *, scope: str) -> RowMapping | None:
    """A request of the subtree; None where there is none."""
    query = select(approvals).where(approvals.c.id == id_, _in_subtree(scope))
    return connection.execute(query).mappings().one_or_none()


def of_case(connection: Connection, number: str) -> Sequence[RowMapping]:
    """The requests on a case, oldest first."""
    query = select(approvals).where(approvals.c.number == number)
    return connection.execute(query.order_by(approvals.c.requested_at, approvals.c.id)).mappings().all()


def page(
    connection: Connection,
    *,
    scope: str,
    page: Page,
    estate: str | None = None,
    status: str | None = None,
    kind: str | None = None,
) -> tuple[Sequence[RowMapping], int]:
    """One page of the requests of a subtree that fit every filter given, and how many there are in all."""
    query = select(approvals).where(_in_subtree(scope))
    for name, value in {"estate": estate, "status": status, "kind": kind}.items():
        if value is not None:
            query = query.where(approvals.c[name] == value)
    return one_page(connection, query, page, approvals.c[page.sort], approvals.c.id)


def _in_subtree(scope: str) -> Any:
    return approvals.c.estate.in_(estates_below(scope))
