"""Rows of approvals: what was asked of a second person, and what he said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, select

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.sql import Prepared, among, insert_rows
from services.routing.domain.approvals import Status
from services.routing.storage.scope import estates_below, visible_in
from services.routing.storage.tables import approvals

_OPEN = approvals.c.status == Status.REQUESTED.value


def insert(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a new request."""
    insert_rows(connection, approvals, [values])


_NUMBER_OF: Final = Prepared(
    select(approvals.c.number).where(approvals.c.id == bindparam("id"), visible_in(approvals))
)
_DECIDE: Final = Prepared(
    approvals.update()
    .where(approvals.c.id == bindparam("request"))
    .values(
        status=bindparam("ended"),
        decided_by=bindparam("who"),
        decision_reason=bindparam("why"),
        decided_at=bindparam("at"),
    )
)


def number_of(connection: Connection, id_: str, *, scope: str) -> str | None:
    """The number of the case of a request of the subtree; None where there is none."""
    return next(iter(_NUMBER_OF.values(connection, id=id_, scope=scope)), None)


_LOCK: Final = Prepared(select(approvals).where(approvals.c.id == bindparam("id")).with_for_update())
_OPEN_OF: Final = Prepared(
    select(approvals)
    .where(approvals.c.number == bindparam("number"), among(approvals.c.kind, "kinds"), _OPEN)
    .order_by(approvals.c.requested_at, approvals.c.id)
)
_LAPSE: Final = Prepared(
    approvals.update()
    .where(among(approvals.c.number, "numbers"), _OPEN)
    .values(status=Status.WITHDRAWN.value, decided_at=bindparam("at"))
    .returning(approvals)
)


def lock(connection: Connection, id_: str) -> Any:
    """A request, locked until the transaction ends. Lock its case before."""
    (row,) = _LOCK.rows(connection, id=id_)
    return row


def open_of(connection: Connection, number: str, kinds: Collection[str]) -> Any | None:
    """The open request of one of these kinds on a case; None where there is none."""
    return _OPEN_OF.first(connection, number=number, kinds=[str(kind) for kind in kinds])


def decide(
    connection: Connection, id_: str, status: Status, *, by: str, reason: str | None, at: datetime
) -> None:
    """Write how a request ended."""
    _DECIDE.rows(connection, request=id_, ended=status.value, who=by, why=reason, at=at)


def lapse(connection: Connection, numbers: Collection[str], at: datetime) -> Sequence[Any]:
    """Withdraw every open request on these cases, by nobody; returns them."""
    return _LAPSE.rows(connection, numbers=list(numbers), at=at)


def find(connection: Connection, id_: str, *, scope: str) -> RowMapping | None:
    """A request of the subtree; None where there is none."""
    query = select(approvals).where(approvals.c.id == id_, _in_subtree(scope))
    return connection.execute(query).mappings().one_or_none()


_OF_CASE: Final = Prepared(
    select(approvals)
    .where(approvals.c.number == bindparam("number"))
    .order_by(approvals.c.requested_at, approvals.c.id)
)


def of_case(connection: Connection, number: str) -> Sequence[Mapping[str, Any]]:
    """The requests on a case, oldest first."""
    return _OF_CASE.mappings(connection, number=number)


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
