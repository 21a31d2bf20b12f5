"""Malicious complaints (R11): marked by a leader with his reason, seen by staff alone, handled like any other."""

from __future__ import annotations

from services.chassis.errors import Conflict, NotFound
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.storage import cases, timeline


def mark(work: UnitOfWork, number: str, *, scope: str, by: str, malicious: bool, reason: str) -> None:
    """Mark a case of the subtree as malicious, or take the mark back; `reason` is masked.

    No event tells of it, so neither its complainant nor the figures ever do. Raises `NotFound`, `Conflict` where nothing
    changes.
    """
    case = cases.lock_one(work.connection, number, scope=scope)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    if case.malicious == malicious:
        raise Conflict("malicious_already" if malicious else "malicious_not")
    cases.change(work.connection, ["malicious"], [{"number": number, "malicious": malicious}])
    name = "marked_malicious" if malicious else "mark_taken_back"
    timeline.append(work.connection, [timeline.entry(number, work.now, name, by=by, text=mask(reason))])
