"""Whether a complaint is found valid or invalid, and when that may be said (R47, R48)."""

from __future__ import annotations

from enum import StrEnum

from services.routing.domain.cases import ENDED, Status


class Verdict(StrEnum):
    """What a verification finds."""

    VALID = "valid"
    INVALID = "invalid"


class Obstacle(StrEnum):
    """Why a case cannot be verified; the codes of the message catalogue."""

    ENDED = "case_already_ended"
    RESOLVED = "verified_too_late"
    UNCHANGED = "verdict_unchanged"


def obstacle(status: Status, verdict: Verdict, *, unchanged: bool) -> Obstacle | None:
    """What keeps a case from getting this verdict, None if nothing does.

    `unchanged` is whether it has it already, for the same reasons. Once it is resolved its complainant has the word: what was
    handled is not declared invalid any more.
    """
    if status in ENDED:
        return Obstacle.ENDED
    if verdict is Verdict.INVALID and status is Status.RESOLVED:
        return Obstacle.RESOLVED
    return Obstacle.UNCHANGED if unchanged else None


def status_after_valid(status: Status) -> Status:
    """Where a case found valid stands: verified if nothing was done yet, else where it was."""
    return Status.VERIFIED if status is Status.RECEIVED else status
