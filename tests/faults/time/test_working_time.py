"""T4: working time and due times are those that stepping through every minute gives, in every zone and calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from services.routing.domain.calendars.calendar import (
    Calendar,
    Day,
    Period,
    around_the_clock,
    calendar_from,
)
from services.routing.domain.calendars.timetable import Timetable
from services.routing.domain.clocks import ClockName, Verdict
from services.routing.domain.clocks.record import Pause, Record, due, judge, used
from tests.faults.sizes import size
from tests.faults.time.minutes import minutes_between, used_up

#: Every kind of offset and change: whole hours, 30 and 45 minutes, half-hour summer time, changes at midnight and in the
#: night, both hemispheres, days that were left out, zones that no longer change.
ZONES = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Urumqi", "Asia/Tokyo", "Asia/Seoul", "Asia/Pyongyang",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Yangon", "Asia/Tehran", "Asia/Kabul", "Asia/Colombo", "Asia/Gaza",
    "Asia/Amman", "Asia/Beirut", "Asia/Dhaka", "Asia/Karachi", "Europe/Berlin", "Europe/London", "Europe/Dublin",
    "Europe/Moscow", "Europe/Istanbul", "Africa/Cairo", "Africa/Casablanca", "Atlantic/Azores", "America/New_York",
    "America/St_Johns", "America/Sao_Paulo", "America/Santiago", "America/Havana", "America/Asuncion",
    "America/Caracas", "America/Scoresbysund", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Eucla",
    "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati", "Antarctica/Troll",
)  # fmt: skip
MINUTES_LOOKED_AT = 4 * 24 * 60


def _changes() -> list[tuple[str, datetime]]:
    """Zones with the days on which they change their offset: the China of 1986-91 and ten years of all others."""
    found = []
    for name in ZONES:
        zone, years = ZoneInfo(name), (1986, 1992) if name == "Asia/Shanghai" else (2009, 2019)
        days = [
            datetime(years[0], 1, 1, tzinfo=UTC) + timedelta(days=n)
            for n in range(365 * (years[1] - years[0]))
        ]
        for day, after in pairwise(days):
            if day.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
                found.append((name, day))
    return found


CHANGES = _changes()
moments = st.one_of(
    st.sampled_from(CHANGES),
    st.tuples(
        st.sampled_from(ZONES),
        st.integers(0, 50 * 365 * 24 * 60).map(
            lambda n: datetime(1986, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
        ),
    ),
)
periods = st.one_of(
    st.builds(
        lambda starts, length: Period(starts, starts + length), st.integers(0, 1439), st.integers(1, 1440)
    ),
    st.sampled_from([Period(8 * 60 + 30, 720), Period(780, 1050), Period(22 * 60, 30 * 60), Period(0, 1440)]),
)
days = st.lists(periods, max_size=3).map(lambda several: tuple(sorted(set(several))))


@st.composite
def calendars(draw: st.DrawFn, around: date) -> Calendar:
    """A week with any periods, and holidays, make-up days and days of their own about a date."""
    week: tuple[Day, ...] = draw(st.tuples(*[days] * 7).filter(any))
    near = st.integers(-3, 8).map(lambda n: around + timedelta(days=n))
    own = draw(st.dictionaries(near, st.one_of(st.just(()), st.just(week[0]), days), max_size=5))
    return Calendar("any", week, own)


@st.composite
def pauses(draw: st.DrawFn, start: datetime) -> tuple[Pause, ...]:
    """Pauses after `start` in order; the last may not be over yet."""
    at, found = start + timedelta(minutes=draw(st.integers(-60, 600))), []
    for _ in range(draw(st.integers(0, 3))):
        until = at + timedelta(minutes=draw(st.integers(1, 2000)))
        end = draw(st.one_of(st.none(), st.integers(0, 2500)))
        pause = Pause(at, until, "parts", None if end is None else at + timedelta(minutes=end))
        found.append(pause)
        at = pause.over_at + timedelta(minutes=draw(st.integers(0, 900)))
    return tuple(found)


@settings(
    max_examples=size(full=100_000, suite=150), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(moments, st.data())
def test_working_time_is_what_stepping_through_its_minutes_gives(
    moment: tuple[str, datetime], data: st.DataObject
) -> None:
    # Given
    name, near = moment
    zone = ZoneInfo(name)
    start = near.replace(second=0, microsecond=0) + timedelta(minutes=data.draw(st.integers(-2000, 2000)))
    calendar = data.draw(calendars(start.date()))
    kept = data.draw(pauses(start))
    end = start + timedelta(minutes=data.draw(st.integers(0, MINUTES_LOOKED_AT)))
    timetable = Timetable(calendar, zone)

    # When
    there = minutes_between(calendar, zone, start, end, kept)

    # Then
    assert used(timetable, start, end, kept) == timedelta(minutes=there)
    assert Timetable(calendar_from(calendar.definition()), zone).version == timetable.version

    # When a target of these minutes is used up
    assume(there)
    minutes = data.draw(st.integers(1, there))
    due_at = used_up(calendar, zone, start, minutes, kept)

    # Then
    assert due(timetable, start, timedelta(minutes=minutes), kept) == due_at
    record = Record(ClockName.SOLVE, start, timedelta(minutes=minutes), kept, stopped_at=end)
    told = judge(record, timetable, end)
    assert told.due_at == due_at
    assert (told.verdict is Verdict.KEPT) == (end <= due_at)
    assert told.used + told.remaining == record.target
    assert sum((e - s for s, e in told.periods), timedelta()) == min(told.used, record.target)
    event(f"{len(kept)} pauses")


@given(moments, st.integers(0, 10_000_000), st.integers(1, 10_000_000))
def test_around_the_clock_is_elapsed_time_whatever_the_wall_shows(
    moment: tuple[str, datetime], later: int, target: int
) -> None:
    name, start = moment
    timetable = Timetable(around_the_clock(), ZoneInfo(name))

    assert timetable.between(start, start + timedelta(seconds=later)) == timedelta(seconds=later)
    assert timetable.after(start, timedelta(seconds=target)) == start + timedelta(seconds=target)
    assert timetable.version == "around_the_clock"


@settings(deadline=None)
@given(st.sampled_from(CHANGES), st.data())
def test_an_opening_is_the_first_instant_that_counts(
    change: tuple[str, datetime], data: st.DataObject
) -> None:
    name, day = change
    calendar = data.draw(calendars(day.date()))
    timetable = Timetable(calendar, ZoneInfo(name))
    at = day + timedelta(minutes=data.draw(st.integers(-1500, 1500)))

    opening = timetable.opening(at)

    assert timetable.is_open(opening)
    assert timetable.between(at, opening) == timedelta()
    assert (opening == at) == timetable.is_open(at)


def test_an_hour_of_every_day_is_there_once_over_both_changes() -> None:
    """An hour of the wall that is repeated counts twice, one that is skipped does not exist, all others count once."""
    zone = ZoneInfo("Europe/Berlin")
    hourly = Timetable(
        Calendar("hourly", (tuple(Period(hour * 60, hour * 60 + 30) for hour in range(24)),) * 7), zone
    )
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        spans = hourly.spans(midnight, datetime(day.year, day.month, day.day + 1, tzinfo=zone))
        assert len(spans) == hours
