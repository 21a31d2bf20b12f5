"""Assignment: on shift, within reach, evenly shared, and always the same."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.assignment import (
    Candidate,
    Workloads,
    available,
    responsible_department,
)
from services.routing.domain.shifts import (
    MINUTES_A_WEEK,
    Shift,
    ShiftsUnreadable,
    minute_of_week,
    on_shift,
    read_shifts,
    write_shifts,
)

people = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 5), min_size=1)
starts = st.integers(0, MINUTES_A_WEEK - 1)
periods = st.builds(lambda start, length: Shift(start, start + length), starts, st.integers(1, 1440))


@given(people, st.integers(1, 60))
def test_work_goes_to_who_has_least_so_that_nobody_is_two_ahead(before: dict[str, int], tasks: int) -> None:
    workloads = Workloads(before)
    received = dict.fromkeys(before, 0)

    for _ in range(tasks):
        person = workloads.take(list(before))
        assert person is not None
        least = min(workloads.of(each) - (each == person) for each in before)
        assert workloads.of(person) - 1 == least
        received[person] += 1

    busy = [workloads.of(each) for each, count in received.items() if count]
    assert max(busy) - min(busy) <= 1


@given(people)
def test_the_choice_depends_on_nothing_but_the_workloads(before: dict[str, int]) -> None:
    names = sorted(before)

    assert Workloads(before).take(names) == Workloads(dict(before)).take(list(reversed(names)))


def test_nobody_to_choose_from_is_nobody() -> None:
    assert Workloads({}).take([]) is None


def test_only_who_works_for_the_department_and_now_is_available() -> None:
    always, never = read_shifts("Mon-Sun 00:00-00:00"), ()
    candidates = [
        Candidate("here", "security", "g/r/e", always),
        Candidate("region", "security", "g/r", always),
        Candidate("cleaner", "cleaning", "g/r/e", always),
        Candidate("off", "security", "g/r/e", never),
    ]

    assert available(candidates, "security", 0) == ["here", "region"]


@pytest.mark.parametrize(
    ("wanted", "existing", "expected"),
    [
        ("security", set(), "security"),
        ("security", {"security", "customer_service"}, "security"),
        ("security", {"customer_service"}, "customer_service"),
        ("security", {"cleaning"}, "security"),
    ],
)
def test_what_no_department_takes_goes_to_the_accepting_one(
    wanted: str, existing: set[str], expected: str
) -> None:
    assert responsible_department(wanted, existing) == expected


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-23T07:59", False),
        ("2026-11-23T08:00", True),
        ("2026-11-23T17:29", True),
        ("2026-11-23T17:30", False),
        ("2026-11-22T23:30", True),
        ("2026-11-23T05:59", True),
        ("2026-11-23T06:00", False),
    ],
)
def test_shifts_are_local_time_and_run_over_the_end_of_the_week(local: str, expected: bool) -> None:
    shifts = read_shifts("Mon-Fri 08:00-17:30; Sun 22:00-06:00")
    instant = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)

    assert on_shift(shifts, minute_of_week(instant.astimezone(ZoneInfo("Asia/Shanghai")))) is expected


@given(st.lists(periods, max_size=5))
def test_shifts_are_written_as_they_are_read(shifts: list[Shift]) -> None:
    assert read_shifts(write_shifts(shifts)) == tuple(sorted(set(shifts)))


@given(periods, starts)
def test_a_shift_covers_as_many_minutes_as_it_lasts(shift: Shift, minute: int) -> None:
    covered = (minute - shift.starts) % MINUTES_A_WEEK < shift.ends - shift.starts

    assert on_shift([shift], minute) is covered


@pytest.mark.parametrize(
    "text", ["always", "Mon 8-17", "Xyz 08:00-10:00", "Mon 25:00-26:00", "Mon-08:00-09:00"]
)
def test_other_texts_are_no_shifts(text: str) -> None:
    with pytest.raises(ShiftsUnreadable):
        read_shifts(text)
