"""The state of a complaint as residents see it, and how what several services say of it is merged (DESIGN §2.4, §6)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """The words a resident reads."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


#: Between services the later in this order holds. Within one service its own latest version holds, whatever it is.
PRECEDENCE: tuple[Status, ...] = tuple(Status)

#: What the events of routing make of a complaint.
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


def merge(said: Iterable[Status]) -> Status:
    """The state that holds, from what each service last said. With nothing said, the complaint is received."""
    return max(said, key=PRECEDENCE.index, default=Status.RECEIVED)
