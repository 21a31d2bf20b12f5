"""Weekly shifts: periods of local time at which a person works, also over midnight."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

MINUTES_A_DAY: Final = 24 * 60
MINUTES_A_WEEK: Final = 7 * MINUTES_A_DAY

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIOD = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<starts>\d\d:\d\d)-(?P<ends>\d\d:\d\d)", re.ASCII
)


class ShiftsUnreadable(ValueError):
    """A text does not describe shifts; the argument is the part that cannot be read."""


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """A weekly period in the estate's zone, in minutes since Monday 00:00.

    `starts` is within the week and belongs to the period, `ends` does not; a period over Sunday midnight ends
    after the week does.
    """

    starts: int
    ends: int

    def __post_init__(self) -> None:
        if not (0 <= self.starts < MINUTES_A_WEEK and self.starts < self.ends <= self.starts + MINUTES_A_DAY):
            raise ValueError("a shift starts within the week and lasts up to a day")


def minute_of_week(local: datetime) -> int:
    """Minutes since Monday 00:00 on the clock on the wall."""
    return local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute


def on_shift(shifts: Iterable[Shift], minute: int) -> bool:
    """Whether one of `shifts` covers a minute of the week."""
    return any(
        shift.starts <= minute < shift.ends or minute + MINUTES_A_WEEK < shift.ends for shift in shifts
    )


def read_shifts(text: str) -> tuple[Shift, ...]:
    """Shifts as people write them: `Mon-Fri 08:00-17:30; Sat 22:00-06:00`.

    A period that does not end later than it starts runs over midnight; `00:00-00:00` is the whole day. Raises
    `ShiftsUnreadable`.
    """
    shifts = [shift for part in text.split(";") if part.strip() for shift in _period(part.strip())]
    return tuple(sorted(set(shifts)))


def write_shifts(shifts: Iterable[Shift]) -> str:
    """The same text form, one period for each day."""
    return "; ".join(
        f"{_DAYS[shift.starts // MINUTES_A_DAY].title()} {_time(shift.starts)}-{_time(shift.ends)}"
        for shift in sorted(shifts)
    )


def _period(part: str) -> list[Shift]:
    match = _PERIOD.fullmatch(part.lower())
    if match is None or match["first"] not in _DAYS or (match["last"] or "mon") not in _DAYS:
        raise ShiftsUnreadable(part)
    first = _DAYS.index(match["first"])
    last = _DAYS.index(match["last"]) if match["last"] else first
    try:
        starts, ends = time.fromisoformat(match["starts"]), time.fromisoformat(match["ends"])
    except ValueError as error:
        raise ShiftsUnreadable(part) from error
    begin = starts.hour * 60 + starts.minute
    length = (ends.hour * 60 + ends.minute - begin) % MINUTES_A_DAY or MINUTES_A_DAY
    days = [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return [Shift(day * MINUTES_A_DAY + begin, day * MINUTES_A_DAY + begin + length) for day in days]


def _time(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
