"""The state of a complaint as residents see it, and how what several services say of it is merged (DESIGN §2.4, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from services.contracts.vocabulary import ClosedAs


class Status(StrEnum):
    """The words a resident reads."""

    RECEIVED = "received"
    VERIFIED = "verified"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    INVALID = "invalid"
    WITHDRAWN = "withdrawn"


#: Between services the later in this order holds. Within one service its own latest version holds, whatever it is.
PRECEDENCE: tuple[Status, ...] = tuple(Status)

#: What the events of routing make of a complaint; what a verification makes of it stands in the event.
STATUS_AFTER: dict[str, Status] = {
    "workorder.assigned": Status.ASSIGNED,
    "workorder.accepted": Status.IN_PROGRESS,
    "workorder.arrived": Status.IN_PROGRESS,
    "workorder.progressed": Status.IN_PROGRESS,
    "workorder.resolved": Status.IN_PROGRESS,
    "workorder.transferred": Status.ASSIGNED,
    "complaint.answered": Status.IN_PROGRESS,
    "complaint.resolved": Status.RESOLVED,
    "complaint.reopened": Status.REOPENED,
    "complaint.closed": Status.CLOSED,
}

#: The events of routing that say where a complaint stands.
SAY_STATUS = frozenset({*STATUS_AFTER, "complaint.verified"})


def status_after(name: str, data: Mapping[str, Any]) -> Status:
    """What an event of `SAY_STATUS` makes of a complaint. One closed as invalid is invalid (R48)."""
    if name == "complaint.verified":
        return Status(data["status"])
    if name == "complaint.closed" and data["closed_as"] == ClosedAs.INVALID:
        return Status.INVALID
    return STATUS_AFTER[name]


def merge(said: Iterable[Status]) -> Status:
    """The state that holds, from what each service last said. With nothing said, the complaint is received."""
    return max(said, key=PRECEDENCE.index, default=Status.RECEIVED)
