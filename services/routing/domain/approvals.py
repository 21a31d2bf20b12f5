"""What needs the consent of a second person, and who may give it (R51, R103, R117)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is asked for: to find a case invalid, to close it before its regular end, to answer on a matter of money or
    planning, to compensate."""

    INVALID = "invalid"
    ABNORMAL_CLOSE = "abnormal_close"
    ANSWER = "answer"
    COMPENSATION = "compensation"


class Status(StrEnum):
    """Where a request stands; only `requested` is open."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


#: Granted, these end the case: while one is open, no other may be asked for.
ENDING: Final = frozenset({Kind.INVALID, Kind.ABNORMAL_CLOSE})


class Refusal(StrEnum):
    """Why a person may not decide; the codes of the message catalogue."""

    OWN_REQUEST = "approval_own_request"
    NOT_AN_APPROVER = "approval_not_yours"


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides: his id and his role."""

    id: str
    role: str


def refusal(requested_by: str, decider: Person, approvers: Collection[str]) -> Refusal | None:
    """Why `decider` may not decide a request, None if he may.

    `approvers` are the roles that may; whoever asked never decides himself, whatever his role.
    """
    if decider.id == requested_by:
        return Refusal.OWN_REQUEST
    return None if decider.role in approvers else Refusal.NOT_AN_APPROVER


def rivals(kind: Kind) -> frozenset[Kind]:
    """The kinds of which none may be open on a case when `kind` is asked for."""
    return ENDING if kind in ENDING else frozenset({kind})
