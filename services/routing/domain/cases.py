"""When a case ends and when it goes on (R123): decisions on its status and round, whatever order news come in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.routing.domain.closing import CONTENT, UNREACHED, Course, missing_to_close


class Status(StrEnum):
    """Where a case stands, in the words residents read."""

    RECEIVED = "received"
    VERIFIED = "verified"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    INVALID = "invalid"
    WITHDRAWN = "withdrawn"


#: The case is at its end; only a reopening leads on, and from a withdrawal nothing does.
ENDED = frozenset({Status.CLOSED, Status.INVALID, Status.WITHDRAWN})

#: Ways of closing that a complainant who is not satisfied after all may undo. What a person or the complainant
#: himself decided stays.
UNDONE_BY_DISSATISFACTION = CONTENT | {UNREACHED}


class Effect(StrEnum):
    """What an opinion on the result does to a case."""

    CLOSE = "close"
    REOPEN = "reopen"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides about a case: its status, how it was closed, and the round of handling, from 1."""

    status: Status
    closed_as: str | None = None
    round: int = 1


def effect_of_opinion(standing: Standing, opinion: str, *, round: int | None = None) -> Effect:
    """What a rating or the outcome of a callback does.

    `opinion` is `satisfied`, `basically_satisfied`, `dissatisfied` or `unreached`; `round` is the round it speaks
    of, None where it is not known. An opinion on an earlier round changes nothing. Dissatisfaction outweighs a
    satisfied answer to the same round, so the two end the same in either order.
    """
    if round is not None and round != standing.round:
        return Effect.NONE
    if opinion == "dissatisfied":
        undone = standing.status is Status.CLOSED and standing.closed_as in UNDONE_BY_DISSATISFACTION
        return Effect.REOPEN if standing.status is Status.RESOLVED or undone else Effect.NONE
    if standing.status in ENDED:
        return Effect.NONE
    course = Course(signed_off=standing.status is Status.RESOLVED, opinion=opinion)
    return Effect.NONE if missing_to_close(course) else Effect.CLOSE


def may_reopen(standing: Standing) -> bool:
    """Whether a person may reopen the case: once it is resolved, closed or found invalid, never after a withdrawal."""
    return standing.status in {Status.RESOLVED, Status.CLOSED, Status.INVALID}


def goes_upwards(round: int, allowed: int) -> bool:
    """Whether a complainant who is not satisfied with this round, from 1, is passed on to whoever is above (R123).

    The first round was the handling itself; it may be done again `allowed` times before.
    """
    return round - 1 >= allowed
