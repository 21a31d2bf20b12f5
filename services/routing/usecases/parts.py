"""Parts of a work order given to others, while who has it owns the matter (R100)."""

from __future__ import annotations

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict
from services.chassis.i18n import Message
from services.chassis.ids import new_id
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.work_orders import Status, Step, may_be_shared
from services.routing.storage import timeline, work_orders
from services.routing.usecases import steps
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.dispatch import assigned, assigned_entry


def share(
    work: UnitOfWork,
    rules: Rules,
    id_: str,
    caller: Principal,
    *,
    task: str,
    department: str,
    assignee: str | None,
) -> str:
    """Give a part of an order to another department or person; returns the id of its order.

    Whose order it is, or who leads him, says what is to be done; `task` is masked. The order itself is resolved when its parts
    are at their end. Raises `NotFound`, `Forbidden`, `Invalid` for a person or department that does not work for the estate,
    `Conflict` for an order that is not under way or is a part itself.
    """
    held = steps.lock(work, id_, scope=caller.path)
    steps.check(work, held, Step.TRANSFER, caller)
    if not may_be_shared(held.position):
        raise Conflict("order_not_to_be_shared", status=Message(f"order_status_{held.order.status}"))
    target, person = steps.destination(work, rules, held, assignee, department)
    case, words = held.case, mask(task)
    part = {
        "id": new_id(),
        "number": case.number,
        "estate": case.estate,
        "round": case.round,
        "department": target,
        "assignee": person,
        "status": (Status.ASSIGNED if person else Status.OPEN).value,
        "created_at": work.now,
        "due_at": held.order.due_at,
        "retry_at": None if person else work.now,
        "assigned_at": work.now if person else None,
        "parent": held.order.id,
        "task": words,
    }
    work_orders.insert(work.connection, [part])
    details = {"of": held.order.id, "department": target}
    entries = [
        timeline.entry(
            case.number,
            work.now,
            "shared",
            by=caller.id,
            text=words,
            work_order_id=part["id"],
            details=details,
        )
    ]
    if person:
        entries.append(assigned_entry(case.number, work.now, part["id"], target, person))
        given = assigned(part["id"], target, person, case.party_id, work.now, held.order.id)
        tell(work, "workorder.assigned", case, given)
    timeline.append(work.connection, entries)
    return str(part["id"])
