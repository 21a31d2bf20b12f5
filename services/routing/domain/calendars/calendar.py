"""A calendar: the periods of each weekday, and the days that go their own way."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

MINUTES_A_DAY: Final = 24 * 60
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: The calendar that always counts.
AROUND_THE_CLOCK: Final = "around_the_clock"

_PERIOD = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)


class PeriodUnreadable(ValueError):
    """A text is not a period of a day; the argument is that text."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Working time that begins on a day, in minutes after its 00:00. `starts` belongs to it, `ends` does not.

    One that ends after 24:00 runs over midnight: the hours of the next day belong to the day it begins on, also where
    that next day is a holiday.
    """

    starts: int
    ends: int

    def __post_init__(self) -> None:
        if not (0 <= self.starts < MINUTES_A_DAY and self.starts < self.ends <= self.starts + MINUTES_A_DAY):
            raise ValueError("a period begins within the day and lasts up to a day")

    def __str__(self) -> str:
        return f"{_time(self.starts)}-{_time(self.ends)}"


Day = tuple[Period, ...]
WHOLE_DAY: Final[Day] = (Period(0, MINUTES_A_DAY),)


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """What a country announces: days off, and days worked in exchange for them (调休)."""

    days_off: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Calendar:
    """Working time of a week, and dates that differ from it.

    `week` has the periods of Monday to Sunday, `days` those of holidays (none), make-up days and whatever else was
    decided for a date. Raises `ValueError` for a week without any working time: no target would ever be used up.
    """

    name: str
    week: tuple[Day, ...]
    days: Mapping[date, Day] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != len(WEEKDAYS):
            raise ValueError("a week has seven days")
        if not any(self.week):
            raise ValueError("a calendar has working time in its week")

    @property
    def continuous(self) -> bool:
        """Whether every instant counts."""
        return not self.days and all(_covers_the_day(day) for day in self.week)

    def periods(self, day: date) -> Day:
        """The periods that begin on a date."""
        return self.days.get(day, self.week[day.weekday()])

    def definition(self) -> dict[str, Any]:
        """The calendar as JSON, from which `calendar_from` makes it again."""
        return {
            "name": self.name,
            "week": [[str(period) for period in day] for day in self.week],
            "days": {
                day.isoformat(): [str(period) for period in self.days[day]] for day in sorted(self.days)
            },
        }

    def digest(self) -> str:
        """What changes whenever the calendar does."""
        text = json.dumps(self.definition(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def around_the_clock() -> Calendar:
    """Every minute of every day."""
    return Calendar(AROUND_THE_CLOCK, (WHOLE_DAY,) * 7)


def calendar_with(
    name: str,
    week: tuple[Day, ...],
    holidays: PublicHolidays,
    *,
    make_up: int = 0,
    decided: Mapping[date, Day] | None = None,
) -> Calendar:
    """A calendar that keeps public holidays; a make-up day works like the weekday `make_up` (0 is Monday).

    What was `decided` for a date holds before anything the country announced.
    """
    days: dict[date, Day] = dict.fromkeys(holidays.days_off, ())
    days |= dict.fromkeys(holidays.make_up_days, week[make_up])
    return Calendar(name, week, days | dict(decided or {}))


def calendar_from(definition: Mapping[str, Any]) -> Calendar:
    """The calendar of a `Calendar.definition`."""
    return Calendar(
        definition["name"],
        tuple(read_day(day) for day in definition["week"]),
        {date.fromisoformat(day): read_day(periods) for day, periods in definition["days"].items()},
    )


def read_day(texts: Iterable[str]) -> Day:
    """The periods of a day as people write them: `08:30-12:00`. Raises `PeriodUnreadable`.

    A period that does not end later than it starts runs over midnight; `00:00-24:00` is the whole day.
    """
    return tuple(sorted({_read(text) for text in texts}))


def wall_minutes(own: Collection[Period], eve: Collection[Period]) -> list[tuple[int, int]]:
    """What of a date is working time: of its `own` periods and of those that began the day before (`eve`).

    Disjoint half-open ranges of minutes after 00:00, in order.
    """
    ranges = [(period.starts, min(period.ends, MINUTES_A_DAY)) for period in own]
    ranges += [(0, period.ends - MINUTES_A_DAY) for period in eve if period.ends > MINUTES_A_DAY]
    joined: list[tuple[int, int]] = []
    for starts, ends in sorted(ranges):
        if joined and starts <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((starts, ends))
    return joined


def _covers_the_day(day: Day) -> bool:
    return wall_minutes(day, ()) == [(0, MINUTES_A_DAY)]


def _read(text: str) -> Period:
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        raise PeriodUnreadable(text)
    hours, minutes, end_hours, end_minutes = (int(part) for part in match.groups())
    starts, ends = hours * 60 + minutes, end_hours * 60 + end_minutes
    if minutes > 59 or end_minutes > 59 or starts >= MINUTES_A_DAY or ends > 2 * MINUTES_A_DAY:
        raise PeriodUnreadable(text)
    try:
        return Period(starts, ends if ends > starts else ends + MINUTES_A_DAY)
    except ValueError as error:
        raise PeriodUnreadable(text) from error


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
