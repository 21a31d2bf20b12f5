"""What a complainant does with his complaint once it is registered; all of it needs the claim code (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Mapping

from services.chassis.errors import Conflict, Forbidden, NotFound
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.states import Status
from services.intake.domain.numbers import claim_matches
from services.intake.storage import complaints, progress
from services.intake.storage.complaints import Claim
from services.intake.storage.progress import TimelineRow
from services.intake.usecases.progress import status_of

_RATEABLE = frozenset({Status.RESOLVED, Status.CLOSED})
_ENDED = frozenset({Status.CLOSED, Status.INVALID})


def supplement(work: UnitOfWork, number: str, code: str, text: str) -> Status:
    """Add to what was said; returns the state of the complaint.

    Raises `NotFound`, `Forbidden` for a wrong code, `Conflict` once it is withdrawn.
    """
    claim = claimed(work, number, code)
    complaints.add_supplement(work.connection, number, text, work.now)
    event = {"number": number, "text": mask(text), "at": work.now}
    _tell(work, claim, "complaint.supplemented", event, "supplemented")
    return status_of(claim.case_status, withdrawn=False)


def withdraw(work: UnitOfWork, number: str, code: str, reason: str | None) -> Status:
    """Take the complaint back, for good. Raises as `supplement`, `Conflict` also once it is at its end."""
    claim = claimed(work, number, code)
    if status_of(claim.case_status, withdrawn=False) in _ENDED:
        raise Conflict("complaint_closed")
    complaints.withdraw(work.connection, number, work.now)
    event = {"number": number, "reason": mask(reason) if reason else None, "at": work.now}
    _tell(work, claim, "complaint.withdrawn", event, "withdrawn")
    return Status.WITHDRAWN


def rate(work: UnitOfWork, number: str, code: str, satisfaction: str, comment: str | None) -> Status:
    """Say how satisfactory the result is (R135). Raises as `supplement`, `Conflict` also while there is no result."""
    claim = claimed(work, number, code)
    status = status_of(claim.case_status, withdrawn=False)
    if status not in _RATEABLE:
        raise Conflict("complaint_not_resolved")
    complaints.add_rating(work.connection, number, satisfaction, comment, work.now)
    event = {
        "number": number,
        "satisfaction": satisfaction,
        "comment": mask(comment) if comment else None,
        "at": work.now,
    }
    _tell(work, claim, "complaint.rated", event, "rated")
    return status


def claimed(work: UnitOfWork, number: str, code: str) -> Claim:
    """A complaint, locked, for whoever has its claim code. Raises as `supplement`."""
    claim = complaints.claim_of(work.connection, number)
    if claim is None:
        raise NotFound("complaint_unknown")
    if not claim_matches(code, claim.claim_digest):
        raise Forbidden("claim_code_wrong")
    if claim.withdrawn_at is not None:
        raise Conflict("complaint_withdrawn")
    return claim


def _tell(work: UnitOfWork, claim: Claim, name: str, event: Mapping[str, object], what: str) -> None:
    event_id = work.record(name, claim.number, event, estate=claim.estate)
    row = TimelineRow(event_id=event_id, number=claim.number, what=what, note=None, at=work.now)
    progress.add_to_timeline(work.connection, [row])
