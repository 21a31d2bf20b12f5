"""T5: traps of calendars, each with the due time a person reads off the wall. A due time never shifts by a minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.routing.domain.calendars.calendar import (
    Calendar,
    Day,
    around_the_clock,
    calendar_with,
    read_day,
)
from services.routing.domain.calendars.timetable import Timetable
from services.routing.domain.clocks.record import Pause, due, used
from services.routing.public_holidays import public_holidays

CHINA = public_holidays("CN")


def week(weekdays: str, weekend: str = "") -> tuple[Day, ...]:
    return (read_day(weekdays.split()),) * 5 + (read_day(weekend.split()),) * 2


OFFICE_WEEK = week("08:30-12:00 13:30-18:00")
CALENDARS = {
    "24/7": around_the_clock(),
    # Written out instead of built in: the same, whole days side by side.
    "00-24": Calendar("00-24", week("00:00-24:00", "00:00-24:00")),
    "halves": Calendar("halves", week("00:00-12:00 12:00-24:00", "00:00-12:00 12:00-24:00")),
    "office": calendar_with("office", OFFICE_WEEK, CHINA),
    "plain": Calendar("plain", OFFICE_WEEK),
    "own": calendar_with(
        "own",
        OFFICE_WEEK,
        CHINA,
        decided={
            date(2026, 11, 25): (),
            date(2026, 11, 28): read_day(["09:00-11:00"]),
            date(2026, 10, 10): (),
        },
    ),
    "night": Calendar("night", week("22:00-06:00")),
    "daily night": Calendar("daily night", week("22:00-06:00", "22:00-06:00")),
    "three shifts": Calendar("three shifts", week("07:00-15:00 15:00-23:00 23:00-07:00")),
    "overlap": Calendar("overlap", week("08:00-14:00 12:00-18:00")),
    "minute": Calendar("minute", week("09:00-09:01")),
    "monday": Calendar("monday", (read_day(["08:00-12:00"]), *((),) * 6)),
    "eve": calendar_with("eve", week("20:00-08:00"), CHINA),
}

#: Calendar, start on the wall, minutes of the target, due on the wall.
CASES = [
    # Around the clock, and days that end at 24:00.
    ("24/7", "2026-11-22 23:59", 1, "2026-11-23 00:00"),
    ("24/7", "2026-11-22 23:59", 2, "2026-11-23 00:01"),
    ("24/7", "2026-02-28 12:00", 1440, "2026-03-01 12:00"),
    ("00-24", "2026-11-22 12:00", 1440, "2026-11-23 12:00"),
    ("00-24", "2026-11-22 00:00", 1440, "2026-11-23 00:00"),
    ("00-24", "2026-12-31 23:30", 60, "2027-01-01 00:30"),
    ("halves", "2026-11-22 11:59", 2, "2026-11-22 12:01"),
    ("halves", "2026-11-22 23:59", 1441, "2026-11-24 00:00"),
    # Several periods a day and lunch.
    ("plain", "2026-11-23 08:30", 210, "2026-11-23 12:00"),
    ("plain", "2026-11-23 08:30", 211, "2026-11-23 13:31"),
    ("plain", "2026-11-23 11:59", 2, "2026-11-23 13:31"),
    ("plain", "2026-11-23 12:00", 1, "2026-11-23 13:31"),
    ("plain", "2026-11-23 12:45", 30, "2026-11-23 14:00"),
    ("plain", "2026-11-23 08:30", 480, "2026-11-23 18:00"),
    ("plain", "2026-11-23 08:30", 481, "2026-11-24 08:31"),
    ("plain", "2026-11-23 09:00", 480, "2026-11-24 09:00"),
    ("plain", "2026-11-20 17:30", 60, "2026-11-23 09:00"),
    # Opened outside the hours: before, in the evening, at the weekend, at the very end of a period.
    ("plain", "2026-11-23 03:00", 60, "2026-11-23 09:30"),
    ("plain", "2026-11-23 18:00", 60, "2026-11-24 09:30"),
    ("plain", "2026-11-23 23:59", 60, "2026-11-24 09:30"),
    ("plain", "2026-11-21 10:00", 60, "2026-11-23 09:30"),
    ("plain", "2026-11-22 23:00", 480, "2026-11-23 18:00"),
    ("plain", "2026-11-20 18:00", 480, "2026-11-23 18:00"),
    # Shifts over midnight: the hours after it belong to the day the shift began on.
    ("night", "2026-11-23 21:00", 60, "2026-11-23 23:00"),
    ("night", "2026-11-23 23:30", 60, "2026-11-24 00:30"),
    ("night", "2026-11-23 22:00", 480, "2026-11-24 06:00"),
    ("night", "2026-11-23 22:00", 481, "2026-11-24 22:01"),
    ("night", "2026-11-21 01:00", 60, "2026-11-21 02:00"),
    ("night", "2026-11-21 06:00", 60, "2026-11-23 23:00"),
    ("night", "2026-11-23 03:00", 60, "2026-11-23 23:00"),
    ("daily night", "2026-11-22 03:00", 240, "2026-11-22 23:00"),
    ("three shifts", "2026-11-23 06:59", 1440, "2026-11-24 07:00"),
    ("three shifts", "2026-11-23 22:30", 60, "2026-11-23 23:30"),
    ("three shifts", "2026-11-28 06:30", 60, "2026-11-30 07:30"),
    # Periods that overlap count once.
    ("overlap", "2026-11-23 11:00", 120, "2026-11-23 13:00"),
    ("overlap", "2026-11-23 08:00", 600, "2026-11-23 18:00"),
    # Next to no working time.
    ("minute", "2026-11-23 09:00", 1, "2026-11-23 09:01"),
    ("minute", "2026-11-23 09:00", 5, "2026-11-27 09:01"),
    ("minute", "2026-11-23 09:01", 1, "2026-11-24 09:01"),
    ("monday", "2026-11-23 11:00", 120, "2026-11-30 09:00"),
    ("monday", "2026-11-24 08:00", 480, "2026-12-07 12:00"),
    # Chinese holidays: today, on the way, and days worked in exchange (1-7 October 2026; 10 October and 20 September).
    ("office", "2026-10-01 10:00", 60, "2026-10-08 09:30"),
    ("office", "2026-09-30 17:00", 120, "2026-10-08 09:30"),
    ("office", "2026-10-05 00:00", 480, "2026-10-08 18:00"),
    ("office", "2026-10-09 17:30", 60, "2026-10-10 09:00"),
    ("office", "2026-10-10 17:30", 60, "2026-10-12 09:00"),
    ("office", "2026-09-18 17:00", 120, "2026-09-20 09:30"),
    ("office", "2026-09-25 09:00", 60, "2026-09-28 09:30"),
    ("office", "2026-12-31 17:30", 60, "2027-01-04 09:00"),
    ("office", "2026-02-13 17:00", 120, "2026-02-14 09:30"),
    ("office", "2026-02-14 17:00", 120, "2026-02-24 09:30"),
    ("office", "2026-05-09 08:00", 480, "2026-05-09 18:00"),
    # The night of a shift that begins before a holiday counts, the evening of the holiday does not.
    ("eve", "2026-09-30 23:00", 540, "2026-10-01 08:00"),
    ("eve", "2026-09-30 23:00", 541, "2026-10-08 20:01"),
    # What was decided for a date holds before the country's announcement and before the week.
    ("own", "2026-11-25 10:00", 60, "2026-11-26 09:30"),
    ("own", "2026-11-24 17:00", 120, "2026-11-26 09:30"),
    ("own", "2026-11-27 17:30", 90, "2026-11-28 10:00"),
    ("own", "2026-11-28 10:30", 60, "2026-11-30 09:00"),
    ("own", "2026-10-09 17:30", 60, "2026-10-12 09:00"),
    ("own", "2026-11-28 08:00", 120, "2026-11-28 11:00"),
]


def on_the_wall(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def timetable(calendar: str, zone: str = "Asia/Shanghai") -> Timetable:
    return Timetable(CALENDARS[calendar], ZoneInfo(zone))


def test_there_are_sixty_of_them() -> None:
    assert len(CASES) == 60


@pytest.mark.parametrize(("calendar", "start", "minutes", "expected"), CASES)
def test_a_due_time_is_what_a_person_reads_off_the_wall(
    calendar: str, start: str, minutes: int, expected: str
) -> None:
    began, table = on_the_wall(start), timetable(calendar)
    target = timedelta(minutes=minutes)

    due_at = table.after(began, target)

    assert due_at == on_the_wall(expected)
    assert table.between(began, due_at) == target
    assert table.between(began, due_at - timedelta(microseconds=1)) < target
    # A moment later counts a moment later: nothing is rounded (Zammad #3180).
    odd = timedelta(seconds=12, microseconds=345_678)
    if table.is_open(began) and table.is_open(began + odd) and table.is_open(due_at + odd):
        assert table.after(began + odd, target) == due_at + odd


@pytest.mark.parametrize(("calendar", "start", "minutes", "expected"), CASES)
def test_a_warning_comes_in_working_time_and_before_the_due_time(
    calendar: str, start: str, minutes: int, expected: str
) -> None:
    """Ten minutes before the due time are ten minutes of working time, never the next 00:00 (GLPI #22678)."""
    if minutes <= 10:
        return
    table, began = timetable(calendar), on_the_wall(start)

    warning = table.after(began, timedelta(minutes=minutes - 10))

    assert began < warning < on_the_wall(expected)
    assert table.between(warning, on_the_wall(expected)) == timedelta(minutes=10)
    assert table.is_open(warning - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("zone", "calendar", "start", "minutes", "expected"),
    [
        # Summer time: the hour that is skipped and the hour that is repeated, around the clock and on the wall.
        ("Europe/Berlin", "24/7", "2026-03-29 01:30", 60, "2026-03-29 03:30"),
        ("Europe/Berlin", "plain", "2026-03-27 17:30", 60, "2026-03-30 09:00"),
        ("Europe/Berlin", "daily night", "2026-03-28 22:00", 420, "2026-03-29 06:00"),
        ("Europe/Berlin", "daily night", "2026-10-24 22:00", 540, "2026-10-25 06:00"),
        # China had summer time from 1986 to 1991.
        ("Asia/Shanghai", "24/7", "1988-04-16 12:00", 1440, "1988-04-17 13:00"),
        ("Asia/Shanghai", "plain", "1988-04-15 17:30", 60, "1988-04-18 09:00"),
        ("Asia/Shanghai", "daily night", "1988-09-10 22:00", 540, "1988-09-11 06:00"),
        # Offsets of half and three quarters of an hour; half an hour of summer time; a day that was left out.
        ("Asia/Kathmandu", "plain", "2026-11-20 17:30", 60, "2026-11-23 09:00"),
        ("Australia/Lord_Howe", "24/7", "2026-10-03 12:00", 1440, "2026-10-04 12:30"),
        ("Pacific/Apia", "plain", "2011-12-29 17:30", 60, "2012-01-02 09:00"),
    ],
)
def test_due_times_over_changes_of_the_clock(
    zone: str, calendar: str, start: str, minutes: int, expected: str
) -> None:
    table = timetable(calendar, zone)

    assert table.after(on_the_wall(start, zone).astimezone(UTC), timedelta(minutes=minutes)) == on_the_wall(
        expected, zone
    ).astimezone(UTC)


def test_a_pause_moves_the_due_time_by_the_working_time_it_took_and_no_more() -> None:
    table, began, target = timetable("plain"), on_the_wall("2026-11-23 09:00"), timedelta(hours=4)
    assert due(table, began, target) == on_the_wall("2026-11-23 14:30")

    for ends, moved in [
        ("2026-11-23 11:00", "2026-11-23 14:30"),
        ("2026-11-23 11:30", "2026-11-23 15:00"),
        ("2026-11-23 13:00", "2026-11-23 15:30"),
        ("2026-11-23 13:45", "2026-11-23 15:45"),
        ("2026-11-24 03:00", "2026-11-24 10:30"),
    ]:
        end = on_the_wall(ends)
        pause = Pause(on_the_wall("2026-11-23 11:00"), on_the_wall("2026-11-30 11:00"), "parts", end)
        assert due(table, began, target, (pause,)) == on_the_wall(moved)
        assert used(table, began, on_the_wall(moved), (pause,)) == target
        later = Pause(on_the_wall(moved), on_the_wall("2026-12-30 11:00"), "parts")
        assert due(table, began, target, (pause, later)) == on_the_wall(moved), "a pause from the due time on"


def test_a_rule_that_is_shorter_than_the_first_answer_is_due_before_it() -> None:
    table, began = timetable("office"), on_the_wall("2026-11-20 16:00")
    answer, follow_up = timedelta(hours=8), timedelta(hours=4)

    assert table.after(began, follow_up) < table.after(began, answer)
    renewed = table.after(began, follow_up) - timedelta(minutes=1)
    assert table.after(renewed, follow_up) == on_the_wall("2026-11-23 15:59")
    assert table.after(began, answer) == on_the_wall("2026-11-23 16:00"), "and does not move it"
