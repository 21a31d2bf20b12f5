"""How far a complaint is, as its complainant sees it."""

from __future__ import annotations

from sqlalchemy import Connection

from services.chassis.errors import NotFound
from services.contracts.states import Status, merge
from services.intake.storage import progress
from services.intake.storage.progress import Progress


def status_of(case_status: str | None, *, withdrawn: bool) -> Status:
    """Return the state that holds: what routing last said, and what intake itself knows."""
    said = [Status(case_status)] if case_status else []
    return merge([*said, Status.WITHDRAWN] if withdrawn else said)


def progress_of(connection: Connection, number: str) -> tuple[Status, Progress]:
    """Return status and timeline of a complaint. Raises `NotFound`."""
    found = progress.find_progress(connection, number)
    if found is None:
        raise NotFound("complaint_unknown")
    return status_of(found.case_status, withdrawn=found.withdrawn_at is not None), found
