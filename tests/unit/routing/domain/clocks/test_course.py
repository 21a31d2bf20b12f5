"""The table of what starts, renews and stops each clock."""

from __future__ import annotations

import pytest

from services.contracts.vocabulary import ClockName as ContractClockName
from services.contracts.vocabulary import values
from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.course import COURSES, Moment, renews, starting, stopping


def test_the_names_are_those_of_the_contract() -> None:
    assert [name.value for name in ClockName] == values(ContractClockName)


def test_every_clock_starts_somewhere_and_stops_at_the_end_of_the_case() -> None:
    for name, course in COURSES.items():
        assert course.starts, name
        if name is not ClockName.RECORD:
            assert Moment.ENDED in course.stops, name


@pytest.mark.parametrize(
    ("moment", "starts", "stops"),
    [
        (Moment.REGISTERED, "record dispatch answer follow_up solve", "record"),
        (Moment.DISPATCHED, "arrive", "dispatch"),
        (Moment.ANSWERED, "", "answer follow_up"),
        (Moment.PROGRESSED, "", "follow_up"),
        (Moment.ARRIVED, "", "arrive"),
        (Moment.DONE, "", "arrive"),
        (Moment.RESOLVED, "return_visit", "arrive follow_up solve"),
        (Moment.VISITED, "", "return_visit"),
        (Moment.REOPENED, "dispatch answer follow_up solve", "return_visit"),
        (Moment.ENDED, "", "dispatch answer arrive follow_up solve return_visit"),
    ],
)
def test_what_each_moment_does(moment: Moment, starts: str, stops: str) -> None:
    assert [name.value for name in starting(moment)] == starts.split()
    assert [name.value for name in stopping(moment)] == stops.split()


def test_a_sign_of_life_renews_the_daily_follow_up() -> None:
    assert renews(ClockName.FOLLOW_UP, Moment.PROGRESSED), "R119"
    assert renews(ClockName.FOLLOW_UP, Moment.ANSWERED)
    assert not renews(ClockName.FOLLOW_UP, Moment.RESOLVED)
    assert not renews(ClockName.ANSWER, Moment.ANSWERED)
