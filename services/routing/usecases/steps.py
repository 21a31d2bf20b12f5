"""The steps of a work order (DESIGN §6): each moves it once, however often it is clicked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.scope import within
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.cases import Status as CaseStatus
from services.routing.domain.clocks.course import Moment
from services.routing.domain.consents import needs_consent
from services.routing.domain.work_orders import (
    FINAL,
    Actor,
    Position,
    Status,
    Step,
    after,
    allowed,
    refusal,
)
from services.routing.storage import cases, estates, staff, timeline, work_orders
from services.routing.usecases.clocks.moments import Happening, happened
from services.routing.usecases.context import Rules, policy_of, tell
from services.routing.usecases.dispatch import roster
from services.routing.usecases.moving import Move, move

#: Roles that lead: a head his department, a director his estate.
_LEADERS: Final = frozenset({"head", "director"})

#: The event that tells of each step; an answer has one of its own, which only the first of a case is told by.
_TOLD_AS: Final = {
    Step.ACCEPT: "workorder.accepted",
    Step.ARRIVE: "workorder.arrived",
    Step.PROGRESS: "workorder.progressed",
    Step.RESOLVE: "workorder.resolved",
    Step.SIGN_OFF: "workorder.signed_off",
    Step.TRANSFER: "workorder.transferred",
}
#: What each step is for the clocks of the case.
_MOMENT: Final = {
    Step.ANSWER: Moment.ANSWERED,
    Step.ARRIVE: Moment.ARRIVED,
    Step.PROGRESS: Moment.PROGRESSED,
    Step.RESOLVE: Moment.DONE,
}
_STAMP: Final = {
    Step.ACCEPT: "accepted_at",
    Step.ANSWER: "answered_at",
    Step.ARRIVE: "arrived_at",
    Step.RESOLVE: "resolved_at",
    Step.SIGN_OFF: "signed_off_at",
}


@dataclass(frozen=True, slots=True)
class Locked:
    """A work order and its case, held until the transaction ends."""

    case: Row[Any]
    order: Row[Any]

    @property
    def position(self) -> Position:
        """Where the order stands."""
        order = self.order
        return Position(
            Status(order.status),
            order.answered_at is not None,
            order.arrived_at is not None,
            order.parent is not None,
            order.waits,
        )


def lock(work: UnitOfWork, id_: str, *, scope: str) -> Locked:
    """Hold a work order of the subtree, its case first. Raises `NotFound`."""
    number = work_orders.number_of(work.connection, id_, scope=scope)
    case = cases.lock_one(work.connection, number, scope=scope) if number is not None else None
    if case is None:
        raise NotFound("work_order_unknown", id=id_)
    return Locked(case, work_orders.lock(work.connection, id_))


def take(
    work: UnitOfWork,
    rules: Rules,
    id_: str,
    step: Step,
    caller: Principal,
    note: str | None,
    cause: str | None = None,
) -> None:
    """Take a step other than a transfer. What is resolved may have a `cause`, what was at the root of it (R183, R191).

    The same step again is a `Conflict` that says what may be done now; only `progress` repeats. `note` is masked:
    the complainant reads it (R118). An answer on a matter of money or planning is a `Conflict` too, unless its author is one
    whose consent others need (R103). Raises `NotFound`, `Forbidden`.
    """
    held = lock(work, id_, scope=caller.path)
    check(work, held, step, caller)
    if step is Step.ANSWER and needs_consent(
        policy_of(work, rules, held.case), held.case.category, caller.role
    ):
        raise Conflict("answer_needs_consent", category=held.case.category)
    done(work, rules, held, step, by=caller.id, text=mask(note) if note else None, cause=cause)


def done(
    work: UnitOfWork,
    rules: Rules,
    held: Locked,
    step: Step,
    *,
    by: str,
    text: str | None,
    cause: str | None = None,
) -> None:
    """A step that is allowed was taken: what follows from it. `text` must be masked."""
    id_, position = held.order.id, after(held.position, step)
    values: dict[str, Any] = {"status": position.status.value}
    if step in _STAMP:
        values[_STAMP[step]] = work.now
    if step is Step.RESOLVE:
        values |= {"resolved_by": by, "result": text, "cause": cause}
    if step is Step.SIGN_OFF:
        values["signed_off_by"] = by
    work_orders.change(work.connection, id_, **values)
    entry = timeline.entry(held.case.number, work.now, _entry_name(step), by=by, text=text, work_order_id=id_)
    timeline.append(work.connection, [entry])
    if step is Step.ANSWER:
        _answered(work, rules, held, by, text or "")
    else:
        data = {
            "work_order_id": id_,
            "by": by,
            "note": text,
            "parent": held.order.parent,
            "at": work.now,
        }
        tell(work, _TOLD_AS[step], held.case, data)
    if step in _MOMENT and not (position.part and step is Step.RESOLVE):
        happened(work, rules, [Happening(held.case, _MOMENT[step], work.now)])
    if step is Step.SIGN_OFF:
        _resolve_case(work, rules, held)
    else:
        _show(work, held.case, CaseStatus.IN_PROGRESS)


def transfer(
    work: UnitOfWork,
    rules: Rules,
    id_: str,
    caller: Principal,
    *,
    reason: str,
    assignee: str | None,
    department: str | None,
) -> None:
    """Give an order to another person, or to another department and there to whoever has the least open work.

    Raises `Invalid` for a person who does not work for the estate or a department that does not exist, `NotFound`,
    `Forbidden`, and `Conflict` for an order that is at its end.
    """
    held = lock(work, id_, scope=caller.path)
    check(work, held, Step.TRANSFER, caller)
    target, person = destination(work, rules, held, assignee, department)
    move(work, rules, held.case, held.order, Move(target, person, by=caller.id, reason=mask(reason)))
    if held.order.parent is None:
        _show(work, held.case, CaseStatus.ASSIGNED)


def check(work: UnitOfWork, held: Locked, step: Step, caller: Principal) -> None:
    """Raise `Forbidden` or `Conflict` where the caller may not take this step now."""
    own = staff.department_of(work.connection, caller.id) if caller.role == "head" else None
    leads = caller.role in _LEADERS and own in (None, held.order.department)
    actor = Actor(
        leads=leads,
        assigned=held.order.assignee == caller.id,
        resolved=held.order.resolved_by == caller.id,
    )
    if (refused := refusal(step, actor)) is not None:
        raise Forbidden(refused.value)
    possible = allowed(held.position)
    if held.order.waits and step in (Step.RESOLVE, Step.SIGN_OFF):
        raise Conflict("order_waits_for_parts")
    if step not in possible:
        raise Conflict(
            "step_not_allowed",
            step=Message(f"order_step_{step.value}"),
            status=Message(f"order_status_{held.order.status}"),
            allowed=tuple(Message(f"order_step_{each}") for each in sorted(possible))
            or Message("order_step_none"),
        )


def destination(
    work: UnitOfWork, rules: Rules, held: Locked, assignee: str | None, department: str | None
) -> tuple[str, str | None]:
    """The department and person that work goes to, None while nobody is on shift. Raises `Invalid`."""
    place = estates.estates_of(work.connection, [held.case.estate])[held.case.estate]
    if assignee is not None:
        person = staff.by_id(work.connection, assignee)
        if person is None or person.disabled or not within(place.path, person.path):
            raise Invalid(fields={"assignee": ["assignee_unknown"]})
        return department or person.department or held.order.department, person.id
    target = department or held.order.department
    if target not in rules.pack.departments:
        raise Invalid(fields={"department": ["department_unknown"]})
    on_duty = roster(work.connection, [place], {target}, work.now)
    return target, on_duty.take(place, target)


def _answered(work: UnitOfWork, rules: Rules, held: Locked, by: str, text: str) -> None:
    """Only the first answer of a case is told (R105).

    No duration is negative, whatever the clock of the machine says (RELIABILITY T3).
    """
    case = held.case
    if case.answered_at is not None:
        return
    at = max(work.now, case.received_at)
    cases.change(work.connection, ["answered_at"], [{"number": case.number, "answered_at": at}])
    tell(work, "complaint.answered", case, {"by": by, "text": text, "at": at})
    if not case.historical:
        seconds = (at - case.received_at).total_seconds()
        work.after_commit(rules.metrics.responded(case.category, case.urgency, seconds))


def _resolve_case(work: UnitOfWork, rules: Rules, held: Locked) -> None:
    """With the last work order signed off the case is resolved (R122)."""
    case = held.case
    orders = work_orders.of_case(work.connection, case.number)
    if any(Status(order["status"]) not in FINAL for order in orders):
        return
    at = max(work.now, case.answered_at or case.received_at)
    change = {"number": case.number, "status": CaseStatus.RESOLVED.value, "resolved_at": at}
    cases.change(work.connection, ["status", "resolved_at"], [change])
    # What the parts came to is for who owns the case to tell (R100).
    result = "\n".join(
        order["result"]
        for order in orders
        if order["round"] == case.round and order["result"] and order["parent"] is None
    )
    causes = [order["cause"] for order in orders if order["round"] == case.round and order["cause"]]
    data = {
        "result": result,
        "round": case.round,
        "cause": causes[-1] if causes else None,
        "party_id": case.party_id,
        "at": at,
    }
    happened(work, rules, [Happening(case, Moment.RESOLVED, at)])
    tell(work, "complaint.resolved", case, data)
    timeline.append(work.connection, [timeline.entry(case.number, at, "resolved", text=result)])
    if not case.historical:
        seconds = (at - case.received_at).total_seconds()
        work.after_commit(rules.metrics.resolved(case.category, case.urgency, seconds))


def _show(work: UnitOfWork, case: Row[Any], status: CaseStatus) -> None:
    cases.change(work.connection, ["status"], [{"number": case.number, "status": status.value}])


def _entry_name(step: Step) -> str:
    return "answered" if step is Step.ANSWER else _TOLD_AS[step].partition(".")[2]
