"""Working time by stepping through it minute by minute: slow and plain, to hold the quick way against (T4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from services.routing.domain.calendars.calendar import Calendar
from services.routing.domain.clocks.record import Pause

MINUTE = timedelta(minutes=1)


def counted(
    calendar: Calendar, zone: ZoneInfo, start: datetime, pauses: Sequence[Pause]
) -> Iterator[datetime]:
    """The minutes that count from `start` on, each by its beginning."""
    at = start
    while True:
        if _open(calendar, at.astimezone(zone)) and not any(p.start <= at < p.over_at for p in pauses):
            yield at
        at += MINUTE


def minutes_between(
    calendar: Calendar, zone: ZoneInfo, start: datetime, end: datetime, pauses: Sequence[Pause]
) -> int:
    """How many minutes count from `start` to before `end`."""
    return sum(1 for _ in takewhile(lambda minute: minute < end, counted(calendar, zone, start, pauses)))


def used_up(
    calendar: Calendar, zone: ZoneInfo, start: datetime, minutes: int, pauses: Sequence[Pause]
) -> datetime:
    """The end of the last of so many minutes that count."""
    steps = counted(calendar, zone, start, pauses)
    return [next(steps) for _ in range(minutes)][-1] + MINUTE


def _open(calendar: Calendar, wall: datetime) -> bool:
    today, minute = wall.date(), wall.hour * 60 + wall.minute
    return any(
        starts <= minute + since_midnight < ends
        for day, since_midnight in ((today, 0), (_before(today), 24 * 60))
        for starts, ends in _periods(calendar, day)
    )


def _periods(calendar: Calendar, day: date) -> list[tuple[int, int]]:
    periods = calendar.days[day] if day in calendar.days else calendar.week[day.weekday()]
    return [(period.starts, period.ends) for period in periods]


def _before(day: date) -> date:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)).date()
