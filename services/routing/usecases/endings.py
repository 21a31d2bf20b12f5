"""How cases end and go on: opinions of complainants, withdrawals, and what staff decide (R123, R131, R133, R135)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.errors import Conflict, Forbidden, NotFound
from services.chassis.events import Event
from services.chassis.i18n import Message
from services.chassis.ids import new_id
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.assignment import ACCEPTING
from services.routing.domain.cases import (
    ENDED,
    Effect,
    Standing,
    Status,
    effect_of_opinion,
    may_reopen,
)
from services.routing.domain.clocks.course import Moment
from services.routing.domain.severity import Fact, FactName
from services.routing.domain.work_orders import Status as OrderStatus
from services.routing.storage import cases, estates, timeline, work_orders
from services.routing.usecases import approvals, grading, rounds
from services.routing.usecases.clocks.moments import Happening, happened
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.dispatch import assigned, assigned_entry, roster
from services.routing.usecases.grading import Found

#: Ways of closing that are a status of their own.
_ENDED_AS: Final = frozenset({Status.WITHDRAWN, Status.INVALID})

#: What opens a case again because its complainant is not satisfied.
_BY_DISSATISFACTION: Final = frozenset({"rating", "callback"})


@dataclass(frozen=True, slots=True)
class Ending:
    """A case that closes: how, by whom and why."""

    case: Row[Any]
    closed_as: str
    at: datetime
    by: str | None = None
    reason: str | None = None
    cause: Event | None = None


@dataclass(frozen=True, slots=True)
class Reopening:
    """A case that goes on; `reopened_by` is `rating`, `callback`, `staff` or `sent_back`."""

    case: Row[Any]
    reopened_by: str
    by: str | None = None
    reason: str | None = None
    event: Event | None = None


def standing_of(case: Row[Any]) -> Standing:
    """What decides about a case."""
    return Standing(Status(case.status), case.closed_as, case.round)


def lock_all(work: UnitOfWork, events: Sequence[Event]) -> dict[str, Row[Any]]:
    """The cases these events speak of, locked.

    Raises `NotFound` for one that is not registered yet, `Forbidden` for an event of another estate than its case.
    """
    numbers = {event.subject for event in events}
    found = cases.lock(work.connection, numbers)
    if missing := numbers - found.keys():
        raise NotFound("complaint_unknown", number=min(missing))
    if foreign := [event.subject for event in events if event.estate != found[event.subject].estate]:
        raise Forbidden("complaint_of_another_estate", number=min(foreign))
    return found


def weigh_opinions(
    work: UnitOfWork, rules: Rules, opinions: Sequence[tuple[Event, str, int | None]], source: str
) -> None:
    """Close or reopen cases by what complainants say of the result; `source` is `rating` or `callback`.

    Each opinion is the event, the word and the round it speaks of, None where that is not known.
    """
    found = lock_all(work, [event for event, _, _ in opinions])
    endings: dict[str, Ending] = {}
    reopenings: dict[str, Reopening] = {}
    for event, opinion, round_ in sorted(opinions, key=lambda each: (each[0].subject, each[0].version)):
        case = found[event.subject]
        standing = standing_of(case)
        if (earlier := endings.get(case.number)) is not None:
            standing = Standing(Status.CLOSED, earlier.closed_as, case.round)
        effect = effect_of_opinion(standing, opinion, round=round_)
        comment, at = event.data.get("comment"), event.data["at"]
        if effect is Effect.CLOSE:
            endings[case.number] = Ending(case, opinion, at, event.data.get("by"), comment, event)
        elif effect is Effect.REOPEN and case.number not in reopenings:
            endings.pop(case.number, None)
            reopenings[case.number] = Reopening(case, source, event.data.get("by"), comment, event)
    timeline.append(
        work.connection,
        [
            timeline.entry(
                event.subject,
                event.data["at"],
                "rated" if source == "rating" else "called_back",
                by=event.data.get("by"),
                text=event.data.get("comment"),
                details={"opinion": opinion},
            )
            for event, opinion, _ in opinions
        ],
    )
    visited = {event.subject: event for event, _, round_ in opinions if round_ == found[event.subject].round}
    happened(
        work,
        rules,
        [
            Happening(found[number], Moment.VISITED, event.data["at"], event)
            for number, event in visited.items()
        ],
    )
    close(work, rules, list(endings.values()))
    reopen(work, rules, list(reopenings.values()))


def withdraw(work: UnitOfWork, rules: Rules, events: Sequence[Event]) -> None:
    """The complainants took these complaints back: final, whatever is still open is cancelled."""
    found = lock_all(work, events)
    endings = {}
    for event in events:
        case = found[event.subject]
        if Status(case.status) not in ENDED:
            reason = event.data.get("reason")
            endings[case.number] = Ending(case, "withdrawn", event.data["at"], reason=reason, cause=event)
    close(work, rules, list(endings.values()))


def close(work: UnitOfWork, rules: Rules, endings: Sequence[Ending]) -> None:
    """Close cases: work orders are cancelled, what waits for consent is void, clocks stop, `complaint.closed` is told."""
    if not endings:
        return
    numbers = [each.case.number for each in endings]
    work_orders.lock_unfinished(work.connection, numbers)
    work_orders.cancel(work.connection, numbers)
    approvals.lapse(work, numbers)
    happened(work, rules, [Happening(each.case, Moment.ENDED, each.at, each.cause) for each in endings])
    changes, entries = [], []
    for each in endings:
        case = each.case
        status = Status(each.closed_as) if each.closed_as in _ENDED_AS else Status.CLOSED
        changes.append(
            {
                "number": case.number,
                "status": status.value,
                "closed_at": each.at,
                "closed_as": each.closed_as,
            }
        )
        details = {"closed_as": each.closed_as}
        entries.append(
            timeline.entry(case.number, each.at, status.value, by=each.by, text=each.reason, details=details)
        )
        data = {"closed_as": each.closed_as, "by": each.by, "reason": _short(each.reason), "at": each.at}
        tell(work, "complaint.closed", case, data, cause=each.cause)
    cases.change(work.connection, ["status", "closed_at", "closed_as"], changes)
    timeline.append(work.connection, entries)


def reopen(work: UnitOfWork, rules: Rules, reopenings: Sequence[Reopening]) -> None:
    """Begin a new round: a new work order for the department that had the last one (R123).

    After the rounds that the policy allows it goes to whoever is above. A case that was found invalid no longer is.
    """
    if not reopenings:
        return
    connection, now = work.connection, work.now
    approvals.lapse(work, [each.case.number for each in reopenings])
    places = estates.estates_of(connection, {each.case.estate for each in reopenings})
    numbers = [each.case.number for each in reopenings]
    # A case that was taken over from records never had a work order.
    departments = dict.fromkeys(numbers, ACCEPTING) | work_orders.last_departments(connection, numbers)
    on_duty = roster(connection, places.values(), set(departments.values()), now)
    dissatisfied = [each.case for each in reopenings if each.reopened_by in _BY_DISSATISFACTION]
    above = rounds.upwards(work, rules, dissatisfied, places, departments)
    changes, orders, entries = [], [], []
    for each in reopenings:
        case, department = each.case, departments[each.case.number]
        round_ = case.round + 1
        person = above.get(case.number) or on_duty.take(places[case.estate], department)
        order = new_round_order(case, department, person, round_, now)
        orders.append(order)
        changes.append(
            {
                "number": case.number,
                "status": (Status.ASSIGNED if person else Status.REOPENED).value,
                "round": round_,
                **_verdict_kept(case),
            }
        )
        details = {"cause": each.reopened_by, "round": round_}
        entries.append(
            timeline.entry(case.number, now, "reopened", by=each.by, text=each.reason, details=details)
        )
        if case.number in above:
            entries.append(
                timeline.entry(case.number, now, "taken_upwards", details={"to": above[case.number]})
            )
        data = {
            "cause": each.reopened_by,
            "by": each.by,
            "reason": _short(each.reason),
            "round": round_,
            "at": now,
        }
        tell(work, "complaint.reopened", case, data, cause=each.event)
        if person:
            entries.append(assigned_entry(case.number, now, order["id"], department, person))
            given = assigned(order["id"], department, person, case.party_id, now)
            tell(work, "workorder.assigned", case, given, cause=each.event)
    cleared = ["resolved_at", "closed_at", "closed_as"]
    cases.change(connection, ["status", "round", "verdict", "verdict_reasons", *cleared], changes)
    work_orders.insert(connection, orders)
    timeline.append(connection, entries)
    happened(work, rules, [Happening(each.case, Moment.REOPENED, now, each.event) for each in reopenings])
    taken = {order["number"] for order in orders if order["assignee"]}
    dispatched = [each for each in reopenings if each.case.number in taken]
    happened(work, rules, [Happening(each.case, Moment.DISPATCHED, now, each.event) for each in dispatched])


def reopen_by_staff(work: UnitOfWork, rules: Rules, number: str, *, scope: str, by: str, reason: str) -> None:
    """A person decides that a resolved or closed case goes on; `reason` is masked. Raises `NotFound`, `Conflict`."""
    case = _lock_one(work, number, scope)
    if not may_reopen(standing_of(case)):
        raise Conflict("case_not_reopenable", status=Message(f"case_status_{case.status}"))
    reopen(work, rules, [Reopening(case, "staff", by, mask(reason))])


def send_back(
    work: UnitOfWork, rules: Rules, number: str, *, scope: str, by: str, source: str, reason: str
) -> None:
    """A company check found what was resolved or closed not to be: it goes on, graver (R65, R138). `reason` is masked.

    `source` is who checked. Raises `NotFound`, `Conflict`.
    """
    case = _lock_one(work, number, scope)
    if not may_reopen(standing_of(case)):
        raise Conflict("case_not_reopenable", status=Message(f"case_status_{case.status}"))
    why = mask(reason)
    entry = timeline.entry(number, work.now, "sent_back", by=by, text=why, details={"source": source})
    timeline.append(work.connection, [entry])
    reopen(work, rules, [Reopening(case, "sent_back", by, why)])
    fact = Fact(FactName.SENT_BACK, case.round)
    grading.add_facts(work, rules, [Found(number, fact, source, by=by, reason=why)])


def new_round_order(
    case: Row[Any], department: str, person: str | None, round_: int, now: datetime
) -> dict[str, Any]:
    """The row of the work order a new round begins with; the clocks of the round say when it is due."""
    return {
        "id": new_id(),
        "number": case.number,
        "estate": case.estate,
        "round": round_,
        "department": department,
        "assignee": person,
        "status": (OrderStatus.ASSIGNED if person else OrderStatus.OPEN).value,
        "created_at": now,
        "due_at": now,
        "assigned_at": now if person else None,
        "retry_at": None if person else now,
    }


def _verdict_kept(case: Row[Any]) -> dict[str, Any]:
    if case.status == Status.INVALID:
        return {"verdict": None, "verdict_reasons": None}
    return {"verdict": case.verdict, "verdict_reasons": case.verdict_reasons}


def _lock_one(work: UnitOfWork, number: str, scope: str) -> Any:
    case = cases.lock_one(work.connection, number, scope=scope)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    return case


#: Longest reason an event carries, in characters; the timeline has it in full.
_LONGEST_REASON = 2000


def _short(reason: str | None) -> str | None:
    return reason[:_LONGEST_REASON] if reason else None
