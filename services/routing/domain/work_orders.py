"""The work order as a state machine: which steps are allowed when, and who may take them (DESIGN §6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Status(StrEnum):
    """Where a work order stands. `open` is nobody's yet; `signed_off` and `cancelled` are final."""

    OPEN = "open"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    SIGNED_OFF = "signed_off"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What a person does with a work order."""

    ACCEPT = "accept"
    ANSWER = "answer"
    ARRIVE = "arrive"
    PROGRESS = "progress"
    RESOLVE = "resolve"
    SIGN_OFF = "sign-off"
    TRANSFER = "transfer"


#: Somebody has this work on his hands; it counts when the next is assigned.
OPEN_WORK = frozenset({Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS})
#: Nothing happens to these any more.
FINAL = frozenset({Status.SIGNED_OFF, Status.CANCELLED})

_UNDER_WAY = frozenset({Step.ANSWER, Step.ARRIVE, Step.PROGRESS, Step.RESOLVE, Step.TRANSFER})
_ALLOWED: dict[Status, frozenset[Step]] = {
    Status.OPEN: frozenset({Step.TRANSFER}),
    Status.ASSIGNED: frozenset({Step.ACCEPT, Step.TRANSFER}),
    Status.ACCEPTED: _UNDER_WAY,
    Status.IN_PROGRESS: _UNDER_WAY,
    Status.RESOLVED: frozenset({Step.ANSWER, Step.SIGN_OFF, Step.TRANSFER}),
    Status.SIGNED_OFF: frozenset(),
    Status.CANCELLED: frozenset(),
}
_LEADS_TO: dict[Step, Status] = {
    Step.ACCEPT: Status.ACCEPTED,
    Step.ARRIVE: Status.IN_PROGRESS,
    Step.PROGRESS: Status.IN_PROGRESS,
    Step.RESOLVE: Status.RESOLVED,
    Step.SIGN_OFF: Status.SIGNED_OFF,
    Step.TRANSFER: Status.ASSIGNED,
}


@dataclass(frozen=True, slots=True)
class Position:
    """What decides which steps are allowed now: status, and whether the complainant was answered and visited.

    A `part` of another order is work for who owns that one, who alone answers the complainant; an order `waits` while a part
    of it is unfinished (R100).
    """

    status: Status
    answered: bool = False
    arrived: bool = False
    part: bool = False
    waits: bool = False


def allowed(position: Position) -> frozenset[Step]:
    """The steps that may be taken now.

    The way is accept, answer, arrive, progress (as often as there is news), resolve, sign-off. `arrive` and
    `progress` may be left out, as not every matter needs a visit. `answer` may come at any time after accept, once,
    but nothing is signed off before the complainant was answered (R105). A transfer brings an order back to its
    beginning with another person, also when its result was not accepted by who should sign it (R122). Nothing is resolved
    before its parts are at their end (R100).
    """
    steps = _ALLOWED[position.status]
    if position.answered or position.part:
        steps -= {Step.ANSWER}
    else:
        steps -= {Step.SIGN_OFF}
    if position.waits:
        steps -= {Step.RESOLVE, Step.SIGN_OFF}
    if position.arrived:
        steps -= {Step.ARRIVE}
    return steps


def after(position: Position, step: Step) -> Position:
    """The position after an allowed step. Raises `ValueError` for one that is not allowed."""
    if step not in allowed(position):
        raise ValueError(f"{step} is not allowed at {position}")
    return replace(
        position,
        status=_LEADS_TO.get(step, position.status),
        answered=position.answered or step is Step.ANSWER,
        arrived=(position.arrived or step is Step.ARRIVE) and step is not Step.TRANSFER,
    )


def may_be_shared(position: Position) -> bool:
    """Whether parts of an order may be given to others now: while it is under way, and is no part itself."""
    return not position.part and Step.PROGRESS in allowed(position)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step, seen from one work order.

    `leads` is whether he leads the department or the estate of the order, `assigned` whether the order is his,
    `resolved` whether it was he who declared it resolved.
    """

    leads: bool
    assigned: bool
    resolved: bool = False


class Refusal(StrEnum):
    """Why a person may not take a step; the codes of the message catalogue."""

    NOT_YOURS = "step_not_yours"
    LEADERS_ONLY = "step_for_leaders"
    OWN_WORK = "sign_off_own_work"


def refusal(step: Step, actor: Actor) -> Refusal | None:
    """Why `actor` may not take `step`, None if he may.

    The assignee takes the steps of his order, whoever leads may take them for him; the responsible department signs
    (R122), and nobody signs off his own work.
    """
    if not (actor.leads or actor.assigned):
        return Refusal.NOT_YOURS
    if step is Step.SIGN_OFF:
        if not actor.leads:
            return Refusal.LEADERS_ONLY
        if actor.assigned or actor.resolved:
            return Refusal.OWN_WORK
    return None
