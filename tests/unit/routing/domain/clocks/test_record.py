"""The verdict on a clock, for every due time, stop and look, and the reasons it gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.calendars.calendar import Calendar, around_the_clock, read_day
from services.routing.domain.calendars.timetable import Timetable
from services.routing.domain.clocks import ClockName, Verdict
from services.routing.domain.clocks.record import Pause, Record, judge, verdict

START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DUE = START + timedelta(minutes=10)
SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Timetable(Calendar("office", (read_day(["08:30-12:00", "13:30-18:00"]),) * 5 + ((),) * 2), SHANGHAI)
spans = st.timedeltas(timedelta(seconds=-60), timedelta(days=3))
targets = st.timedeltas(timedelta(seconds=1), timedelta(days=2))


@pytest.mark.parametrize(
    ("stopped_after", "looked_after", "expected"),
    [
        (None, 0, Verdict.RUNNING),
        (None, 600, Verdict.RUNNING),
        (None, 601, Verdict.BREACHED),
        (600, 10_000, Verdict.KEPT),
        (601, 10_000, Verdict.BREACHED),
        (601, 600, Verdict.RUNNING),
        (-5, 0, Verdict.KEPT),
    ],
)
def test_the_target_itself_is_in_time(
    stopped_after: int | None, looked_after: int, expected: Verdict
) -> None:
    stopped = None if stopped_after is None else START + timedelta(seconds=stopped_after)

    assert verdict(DUE, stopped, START + timedelta(seconds=looked_after)) is expected


@given(spans, targets, spans, spans)
def test_once_stopped_and_looked_at_the_verdict_never_changes(
    stop: timedelta, target: timedelta, look: timedelta, later: timedelta
) -> None:
    stopped_at = START + stop
    first = verdict(START + target, stopped_at, max(START + look, stopped_at))

    assert first is not Verdict.RUNNING
    assert verdict(START + target, stopped_at, max(START + look, stopped_at) + abs(later)) is first


@given(targets, spans, spans)
def test_a_running_clock_is_breached_once_and_for_good(
    target: timedelta, look: timedelta, later: timedelta
) -> None:
    now = START + look

    if verdict(START + target, None, now) is Verdict.BREACHED:
        assert verdict(START + target, None, now + abs(later)) is Verdict.BREACHED
        assert verdict(START + target, now, now) is Verdict.BREACHED


def test_a_verdict_says_what_counted_what_did_not_and_how_late_it_was() -> None:
    # Given four working hours from Friday 16:00 on, paused on Monday from 09:00 to 10:00, and done on Monday at 15:00
    friday, monday = datetime(2026, 11, 20, tzinfo=SHANGHAI), datetime(2026, 11, 23, tzinfo=SHANGHAI)
    pause = Pause(
        monday.replace(hour=9), monday + timedelta(days=3), "waiting_for_parts", monday.replace(hour=10)
    )
    record = Record(
        ClockName.SOLVE,
        friday.replace(hour=16),
        timedelta(hours=4),
        (pause,),
        stopped_at=monday.replace(hour=15),
    )

    # When
    told = judge(record, OFFICE, monday + timedelta(days=30))

    # Then
    assert told.verdict is Verdict.BREACHED
    assert told.due_at == monday.replace(hour=11, minute=30)
    assert told.used == timedelta(hours=6)
    assert told.remaining == timedelta(hours=-2)
    assert told.periods == (
        (friday.replace(hour=16), friday.replace(hour=18)),
        (monday.replace(hour=8, minute=30), monday.replace(hour=9)),
        (monday.replace(hour=10), monday.replace(hour=11, minute=30)),
    )
    assert told.paused == ((pause, timedelta(hours=1)),)
    assert told.calendar.startswith("office@")


def test_a_pause_nobody_ends_is_over_when_its_longest_time_is() -> None:
    pause = Pause(START + timedelta(hours=1), START + timedelta(hours=5), "resident_away")
    record = Record(ClockName.ANSWER, START, timedelta(hours=2), (pause,))
    timetable = Timetable(around_the_clock(), SHANGHAI)

    assert judge(record, timetable, START + timedelta(hours=3)).remaining == timedelta(hours=1)
    assert judge(record, timetable, START + timedelta(hours=3)).due_at == START + timedelta(hours=6)
    late = judge(record, timetable, START + timedelta(hours=7))
    assert late.verdict is Verdict.BREACHED
    assert late.remaining == timedelta(hours=-1)
