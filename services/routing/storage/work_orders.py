"""Rows of work orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    Connection,
    Row,
    RowMapping,
    Select,
    Text,
    bindparam,
    exists,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.sql import (
    Prepared,
    among,
    as_json,
    direct,
    insert_rows,
    recordset,
    updating,
)
from services.routing.domain.work_orders import FINAL, OPEN_WORK, Status
from services.routing.storage.scope import VISIBLE, estates_below, visible_in
from services.routing.storage.tables import cases, clocks, estates, work_orders

_UNFINISHED = [status.value for status in Status if status not in FINAL]
_FINAL = sorted(status.value for status in FINAL)
#: Statuses of what somebody has on his hands.
ON_HAND = [status.value for status in OPEN_WORK]
_OF_THE_CASE = (cases.c.category, cases.c.urgency, cases.c.received_at)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of work orders is narrowed to; `due` keeps unfinished ones due before that instant."""

    estate: str | None = None
    status: str | None = None
    assignee: str | None = None
    due: datetime | None = None


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new work orders."""
    insert_rows(connection, work_orders, rows)


_NUMBER_OF = f"SELECT number FROM work_orders WHERE id = %(id)s AND {VISIBLE.format(table='work_orders')}"  # noqa: S608 - texts of ours
_parts = work_orders.alias("parts")
#: Whether a part of an order is unfinished (R100).
_WAITS = (
    exists()
    .where(_parts.c.parent == work_orders.c.id, _parts.c.status != func.all(literal(_FINAL, ARRAY(Text))))
    .label("waits")
)
_LOCK: Final = Prepared(
    select(work_orders, _WAITS)
    .where(work_orders.c.id == bindparam("id"))
    .with_for_update(of=work_orders, key_share=True)
)


def number_of(connection: Connection, id_: str, *, scope: str) -> str | None:
    """The number of the case of a work order of the subtree; None where there is none."""
    found = direct(connection, _NUMBER_OF, {"id": id_, "scope": scope})
    return found[0][0] if found else None


def lock(connection: Connection, id_: str) -> Any:
    """A work order and whether it `waits`, locked until the transaction ends. Lock its case before."""
    [row] = _LOCK.rows(connection, id=id_)
    return row


_MINE_UNFINISHED: Final = among(work_orders.c.number, "numbers") & among(work_orders.c.status, "unfinished")
_LOCK_UNFINISHED: Final = Prepared(
    select(work_orders).where(_MINE_UNFINISHED).order_by(work_orders.c.id).with_for_update(key_share=True)
)
_CANCEL: Final = Prepared(
    work_orders.update().where(_MINE_UNFINISHED).values(status=Status.CANCELLED.value, retry_at=null())
)


def lock_unfinished(connection: Connection, numbers: Collection[str]) -> Sequence[Any]:
    """Work orders of these cases that are neither signed off nor cancelled, locked."""
    return _LOCK_UNFINISHED.rows(connection, numbers=list(numbers), unfinished=_UNFINISHED)


def lock_undispatched(connection: Connection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Open work orders that may be tried now, oldest first, with what assigning them needs of their case.

    Rows that another transaction holds are left to it (SKIP LOCKED); the cases are locked as well.
    """
    query = (
        select(
            work_orders,
            cases.c.party_id,
            cases.c.historical,
            cases.c.category,
            cases.c.urgency,
            cases.c.severity,
            cases.c.channel,
            estates.c.path,
            estates.c.zone,
        )
        .join(cases, cases.c.number == work_orders.c.number)
        .join(estates, estates.c.code == work_orders.c.estate)
        .where(work_orders.c.status == Status.OPEN.value, work_orders.c.retry_at <= now)
        .order_by(work_orders.c.created_at, work_orders.c.id)
        .limit(limit)
        .with_for_update(of=[cases, work_orders], skip_locked=True, key_share=True)
    )
    return connection.execute(query).all()


def assign(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Give open work orders (`id`) to `assignee`."""
    if not rows:
        return
    news = recordset("n", [work_orders.c.id, work_orders.c.assignee], rows)
    connection.execute(
        work_orders.update()
        .where(work_orders.c.id == news.c.id)
        .values(assignee=news.c.assignee, status=Status.ASSIGNED.value, assigned_at=now, retry_at=None)
    )


def postpone(connection: Connection, ids: Collection[str], retry_at: datetime) -> None:
    """Try these open work orders again at `retry_at`."""
    if ids:
        mine = work_orders.c.id.in_(list(ids))
        connection.execute(work_orders.update().where(mine).values(retry_at=retry_at))


def change(connection: Connection, id_: str, **values: Any) -> None:
    """Set columns of one work order."""
    direct(connection, _change(tuple(values)), {"rows": as_json([{"id": id_, **values}])})


@cache
def _change(names: tuple[str, ...]) -> str:
    return updating(work_orders, "id", names)


def lock_to_hand_over(connection: Connection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Work orders that duty leaders hold until now, longest due first, with their cases locked (SKIP LOCKED)."""
    query = (
        select(work_orders)
        .join(cases, cases.c.number == work_orders.c.number)
        .where(work_orders.c.hand_over_at <= now)
        .order_by(work_orders.c.hand_over_at, work_orders.c.id)
        .limit(limit)
        .with_for_update(of=[cases, work_orders], skip_locked=True, key_share=True)
    )
    return connection.execute(query).all()


def handed_over(connection: Connection, ids: Collection[str]) -> None:
    """These are not to be handed over any more."""
    mine = work_orders.c.id.in_(list(ids))
    connection.execute(work_orders.update().where(mine).values(hand_over_at=None))


def dispatched(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of the cases with a work order that somebody has on his hands."""
    query = select(work_orders.c.number).where(
        work_orders.c.number.in_(list(numbers)), work_orders.c.status.in_(ON_HAND)
    )
    return set(connection.scalars(query))


_NEXT_DUE = (
    select(clocks.c.number, func.min(clocks.c.due_at).label("due_at"))
    .where(among(clocks.c.number, "numbers"), clocks.c.stopped_at.is_(None), among(clocks.c.name, "names"))
    .group_by(clocks.c.number)
    .subquery()
)
_FOLLOW_CLOCKS: Final = Prepared(
    work_orders.update()
    .where(
        work_orders.c.number == _NEXT_DUE.c.number,
        among(work_orders.c.status, "unfinished"),
        work_orders.c.due_at != _NEXT_DUE.c.due_at,
    )
    .values(due_at=_NEXT_DUE.c.due_at)
)


def follow_clocks(connection: Connection, numbers: Collection[str], names: Collection[str]) -> None:
    """Let the unfinished work orders of these cases be due when the next running one of the clocks `names` is."""
    if numbers:
        names = [str(name) for name in names]
        _FOLLOW_CLOCKS.rows(connection, numbers=list(numbers), names=names, unfinished=_UNFINISHED)


def cancel(connection: Connection, numbers: Collection[str]) -> None:
    """Cancel every unfinished work order of these cases."""
    _CANCEL.rows(connection, numbers=list(numbers), unfinished=_UNFINISHED)


def hand_back(connection: Connection, assignee: str, now: datetime) -> None:
    """Open again what a person who leaves has on his hands, to be dispatched to others."""
    mine = (work_orders.c.assignee == assignee) & work_orders.c.status.in_(ON_HAND)
    connection.execute(
        work_orders.update()
        .where(mine)
        .values(status=Status.OPEN.value, assignee=None, accepted_at=None, arrived_at=None, retry_at=now)
    )


def last_departments(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """For each case the department of its latest work order."""
    query = (
        select(work_orders.c.number, work_orders.c.department)
        .where(work_orders.c.number.in_(list(numbers)), work_orders.c.parent.is_(None))
        .ext(distinct_on(work_orders.c.number))
        .order_by(work_orders.c.number, work_orders.c.round.desc(), work_orders.c.id.desc())
    )
    return {row.number: row.department for row in connection.execute(query)}


def has_one(connection: Connection, number: str, assignee: str) -> bool:
    """Whether a person has an unfinished work order of a case."""
    mine = select(work_orders.c.id).where(
        work_orders.c.number == number,
        work_orders.c.assignee == assignee,
        work_orders.c.status.in_(_UNFINISHED),
    )
    return connection.scalar(select(mine.exists())) is True


def find(connection: Connection, id_: str, *, scope: str) -> Mapping[str, Any] | None:
    """A work order of the subtree; None where there is none."""
    return next(iter(_FIND.mappings(connection, id=id_, scope=scope)), None)


def of_case(connection: Connection, number: str) -> Sequence[Mapping[str, Any]]:
    """The work orders of a case, oldest first."""
    return _OF_CASE.mappings(connection, number=number)


def page(
    connection: Connection, *, scope: str, page: Page, wanted: Filter
) -> tuple[Sequence[RowMapping], int]:
    """One page of the work orders of a subtree that fit the filter, and how many there are in all."""
    query = _listed(scope)
    if wanted.estate is not None:
        query = query.where(work_orders.c.estate == wanted.estate)
    if wanted.status is not None:
        query = query.where(work_orders.c.status == wanted.status)
    if wanted.assignee is not None:
        query = query.where(work_orders.c.assignee == wanted.assignee)
    if wanted.due is not None:
        query = query.where(work_orders.c.due_at < wanted.due, work_orders.c.status.in_(_UNFINISHED))
    return one_page(connection, query, page, work_orders.c[page.sort], work_orders.c.id)


def _joined() -> Select[Any]:
    return select(work_orders, *_OF_THE_CASE, _WAITS).join(cases, cases.c.number == work_orders.c.number)


_OF_CASE: Final = Prepared(
    _joined()
    .where(work_orders.c.number == bindparam("number"))
    .order_by(work_orders.c.created_at, work_orders.c.id)
)
_FIND: Final = Prepared(_joined().where(work_orders.c.id == bindparam("id"), visible_in(work_orders)))


def _listed(scope: str) -> Select[Any]:
    return _joined().where(work_orders.c.estate.in_(estates_below(scope)))
