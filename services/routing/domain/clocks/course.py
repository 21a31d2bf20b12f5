"""What starts, renews and stops each clock: one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.routing.domain.clocks import ClockName


class Moment(StrEnum):
    """What happens to a case and matters to its clocks.

    `registered` is both receipt and register: the event that opens a case tells of both. `done` is one work order,
    `resolved` the last signature, `visited` the outcome of the return visit, `ended` a closing or withdrawal.
    """

    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    ANSWERED = "answered"
    ARRIVED = "arrived"
    PROGRESSED = "progressed"
    DONE = "done"
    RESOLVED = "resolved"
    VISITED = "visited"
    REOPENED = "reopened"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Course:
    """When a clock starts, when it starts anew if it runs (the next occurrence), and when it stops."""

    starts: frozenset[Moment]
    stops: frozenset[Moment]
    renews: frozenset[Moment] = frozenset()


def _when(*moments: Moment) -> frozenset[Moment]:
    return frozenset(moments)


_OPENED: Final = _when(Moment.REGISTERED, Moment.REOPENED)

COURSES: Final[Mapping[ClockName, Course]] = {
    ClockName.RECORD: Course(_when(Moment.REGISTERED), _when(Moment.REGISTERED)),
    ClockName.DISPATCH: Course(_OPENED, _when(Moment.DISPATCHED, Moment.ENDED)),
    ClockName.ANSWER: Course(_OPENED, _when(Moment.ANSWERED, Moment.ENDED)),
    # Not every matter needs a visit: what is done without one was on time.
    ClockName.ARRIVE: Course(
        _when(Moment.DISPATCHED), _when(Moment.ARRIVED, Moment.DONE, Moment.RESOLVED, Moment.ENDED)
    ),
    ClockName.FOLLOW_UP: Course(
        _OPENED, _when(Moment.RESOLVED, Moment.ENDED), _when(Moment.ANSWERED, Moment.PROGRESSED)
    ),
    ClockName.SOLVE: Course(_OPENED, _when(Moment.RESOLVED, Moment.ENDED)),
    ClockName.RETURN_VISIT: Course(
        _when(Moment.RESOLVED), _when(Moment.VISITED, Moment.REOPENED, Moment.ENDED)
    ),
}


def starting(moment: Moment) -> tuple[ClockName, ...]:
    """The clocks a moment starts."""
    return _STARTING[moment]


def stopping(moment: Moment) -> tuple[ClockName, ...]:
    """The clocks a moment stops; those it renews are among them."""
    return _STOPPING[moment]


def renews(name: ClockName, moment: Moment) -> bool:
    """Whether the next occurrence of a clock begins where a moment stops this one."""
    return moment in COURSES[name].renews


_STARTING: Final = {
    moment: tuple(name for name, course in COURSES.items() if moment in course.starts) for moment in Moment
}
_STOPPING: Final = {
    moment: tuple(name for name, course in COURSES.items() if moment in course.stops | course.renews)
    for moment in Moment
}
