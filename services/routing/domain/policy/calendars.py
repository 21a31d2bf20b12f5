"""Working time by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.routing.domain.calendars.calendar import Day


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """A calendar of a policy: its week from Monday on, whose public holidays it keeps, and what was decided for dates.

    `holidays` is the code of a country, None where there are none; a make-up day works like the weekday `make_up` (0 is
    Monday).
    """

    week: tuple[Day, ...]
    holidays: str | None
    make_up: int
    days: Mapping[date, Day]


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars clocks may run on; `around_the_clock` is always there besides."""

    named: Mapping[str, WorkingTime]
