"""What holds for the clocks of one estate: its policy, calendars and zone put together, and quick to ask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.routing.domain.calendars.calendar import (
    AROUND_THE_CLOCK,
    Calendar,
    PublicHolidays,
    around_the_clock,
    calendar_with,
)
from services.routing.domain.calendars.timetable import Timetable
from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.matters import Matter, most_specific
from services.routing.domain.clocks.record import Record, due
from services.routing.domain.policy.calendars import Calendars
from services.routing.domain.policy.clocks import Clocks, PauseReason
from services.routing.domain.policy.escalation import AfterHours, Escalation, Level

#: The holidays of a country by its code.
Holidays = Callable[[str], PublicHolidays]

_NOTHING: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Limit:
    """How much time of which timetable a clock may take."""

    target: timedelta
    timetable: Timetable


class Regime:
    """The clocks of the estates that share a policy and a zone. `version` changes whenever any of it does."""

    def __init__(
        self,
        clocks: Clocks,
        calendars: Calendars,
        escalation: Escalation,
        after_hours: AfterHours,
        zone: ZoneInfo,
        holidays: Holidays,
    ) -> None:
        self._clocks = clocks
        self._escalation = escalation
        self.after_hours = after_hours
        self.timetables = {AROUND_THE_CLOCK: Timetable(around_the_clock(), zone)} | {
            name: Timetable(_calendar(name, calendars, holidays), zone) for name in calendars.named
        }
        self._limits: dict[tuple[ClockName, Matter], Limit | None] = {}
        self._plans: dict[tuple[ClockName, Matter], tuple[Level, ...]] = {}
        versions = {name: timetable.version for name, timetable in sorted(self.timetables.items())}
        said = repr((clocks, escalation, versions)).encode()
        self.version = hashlib.sha256(said).hexdigest()[:16]

    @property
    def open_hours(self) -> Timetable:
        """When the service centre works; outside it is after hours (R43)."""
        return self.timetables[self.after_hours.calendar]

    def limit(self, name: ClockName, matter: Matter) -> Limit | None:
        """How long a clock may run for such a case, None where it does not run at all.

        Of the policy's special cases the most specific that fits holds, else what is general.
        """
        key = (name, matter)
        if key not in self._limits:
            self._limits[key] = self._limit(name, matter)
        return self._limits[key]

    def plan(self, name: ClockName, matter: Matter) -> tuple[Level, ...]:
        """Whom to tell before and after such a case's clock is due, in order."""
        key = (name, matter)
        if key not in self._plans:
            plan = self._escalation.of(name)
            special = most_specific(((each.when, each.levels) for each in plan.cases.values()), matter)
            self._plans[key] = plan.levels if special is None else special
        return self._plans[key]

    def pause_reason(self, code: str) -> PauseReason | None:
        """A reason to pause, None for one the policy does not have."""
        return self._clocks.pauses.get(code)

    @property
    def pause_reasons(self) -> tuple[str, ...]:
        """The codes of all reasons to pause."""
        return tuple(self._clocks.pauses)

    def _limit(self, name: ClockName, matter: Matter) -> Limit | None:
        targets = self._clocks.of(name)
        special = most_specific(((each.when, each) for each in targets.cases.values()), matter)
        target = targets.target if special is None else special.target
        calendar = (special.calendar if special else None) or targets.calendar
        return None if target is None else Limit(target, self.timetables[calendar])


def next_level(
    plan: tuple[Level, ...], done: int, record: Record, timetable: Timetable
) -> tuple[int, datetime] | None:
    """The number (from 1) of the level that comes after `done`, and when; None after the last.

    A warning that would come before its clock starts is left out.
    """
    for number, level in enumerate(plan[done:], start=done + 1):
        if (amount := record.target + level.offset) > _NOTHING:
            return number, due(timetable, record.started_at, amount, record.pauses)
    return None


def _calendar(name: str, calendars: Calendars, holidays: Holidays) -> Calendar:
    wanted = calendars.named[name]
    kept = holidays(wanted.holidays) if wanted.holidays else PublicHolidays()
    return calendar_with(name, wanted.week, kept, make_up=wanted.make_up, decided=wanted.days)
