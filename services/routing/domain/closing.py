"""What must be so before a case closes (R122, R129, R131, R133, R135), and whether somebody may close it all the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Words of a complainant who is content.
CONTENT = frozenset({"satisfied", "basically_satisfied"})
#: The recorded failure of a return visit: nobody was reached in any attempt.
UNREACHED = "unreached"


class Condition(StrEnum):
    """One thing that closing waits for."""

    SIGN_OFF = "sign_off"
    RETURN_VISIT = "return_visit"
    SATISFACTION = "satisfaction"


@dataclass(frozen=True, slots=True)
class Course:
    """How far a case has come in its present round.

    `signed_off` is whether every work order is, `opinion` what came of asking the complainant: his word, `unreached`, or None
    while nobody has. A rating of his own is both return visit and satisfaction: he has said what he would have been asked.
    """

    signed_off: bool
    opinion: str | None = None


def missing_to_close(course: Course) -> tuple[Condition, ...]:
    """The conditions that are not met yet; with none, the case closes."""
    met = {
        Condition.SIGN_OFF: course.signed_off,
        Condition.RETURN_VISIT: course.opinion is not None,
        Condition.SATISFACTION: course.opinion in CONTENT or course.opinion == UNREACHED,
    }
    return tuple(condition for condition in Condition if not met[condition])
