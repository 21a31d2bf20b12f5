"""A work order goes to another person or department, whoever decided so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks.course import Moment
from services.routing.domain.work_orders import Status
from services.routing.storage import timeline, work_orders
from services.routing.usecases.clocks.moments import Happening, happened
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.dispatch import assigned, assigned_entry


@dataclass(frozen=True, slots=True)
class Move:
    """Where a work order goes and why. `person` is None while nobody is found; `by` is None where no person decided."""

    department: str
    person: str | None
    entry: str = "transferred"
    by: str | None = None
    reason: str | None = None


def move(work: UnitOfWork, rules: Rules, case: Row[Any], order: Row[Any], to: Move) -> None:
    """Bring an order back to its beginning with another person; case and order are locked. `to.reason` is masked.

    `workorder.transferred` names who decided, else who has the order now or had it before.
    """
    connection, now, id_ = work.connection, work.now, str(order.id)
    status = Status.ASSIGNED if to.person else Status.OPEN
    work_orders.change(
        connection,
        id_,
        status=status.value,
        department=to.department,
        assignee=to.person,
        assigned_at=now if to.person else None,
        retry_at=None if to.person else now,
        accepted_at=None,
        arrived_at=None,
        resolved_at=None,
        resolved_by=None,
        cause=None,
        hand_over_at=None,
    )
    details = {"from": order.assignee, "department": to.department}
    entries = [
        timeline.entry(
            case.number, now, to.entry, by=to.by, text=to.reason, work_order_id=id_, details=details
        )
    ]
    by = to.by or to.person or order.assignee
    data = {"work_order_id": id_, "by": by, "note": to.reason, "parent": order.parent, "at": now}
    tell(work, "workorder.transferred", case, data)
    if to.person:
        entries.append(assigned_entry(case.number, now, id_, to.department, to.person))
        if order.parent is None:
            happened(work, rules, [Happening(case, Moment.DISPATCHED, now)])
        given = assigned(id_, to.department, to.person, case.party_id, now, order.parent)
        tell(work, "workorder.assigned", case, given)
    timeline.append(connection, entries)
