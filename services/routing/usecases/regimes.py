"""Which regime of clocks holds for an estate, put together once for all estates that share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.calendars.calendar import AROUND_THE_CLOCK, calendar_from
from services.routing.domain.calendars.timetable import Timetable
from services.routing.domain.clocks.regime import Holidays, Regime
from services.routing.domain.policy.policy import Policy
from services.routing.storage import clocks as rows
from services.routing.storage.estates import Estate

#: Regimes kept in memory; with more, all are put together anew as they are asked for.
MOST_KEPT: Final = 1000


class Regimes:
    """The regimes of all estates, by policy and zone."""

    def __init__(self, policy_of: Callable[[str], Policy], holidays: Holidays) -> None:
        self._policy_of = policy_of
        self._holidays = holidays
        self._kept: dict[tuple[int, str], tuple[Policy, Regime]] = {}
        self._stored: set[str] = {AROUND_THE_CLOCK}

    def of(self, estate: Estate) -> Regime:
        """What holds for the clocks of an estate now."""
        policy = self._policy_of(estate.path)
        key = (id(policy), estate.zone)
        kept = self._kept.get(key)
        # A policy that is gone may have had the same id.
        if kept is None or kept[0] is not policy:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            kept = self._kept[key] = policy, _put_together(policy, ZoneInfo(estate.zone), self._holidays)
        return kept[1]

    def keep_timetables(self, work: UnitOfWork, regimes: Iterable[Regime]) -> None:
        """Store the timetables of these regimes with this transaction, so that verdicts can be explained for ever."""
        new = {
            timetable.version: timetable
            for regime in set(regimes)
            for timetable in regime.timetables.values()
            if timetable.version not in self._stored
        }
        if new:
            rows.keep_calendars(work.connection, [_row(timetable) for timetable in new.values()])
            work.after_commit(lambda: self._stored.update(new))

    def timetables(
        self, connection: Connection, regime: Regime, versions: Iterable[str]
    ) -> dict[str, Timetable]:
        """The timetables of these versions: those of the regime, and older ones as they were stored."""
        found = {timetable.version: timetable for timetable in regime.timetables.values()}
        missing = set(versions) - found.keys()
        stored = rows.calendars_of(connection, missing) if missing else {}
        return found | {version: _read(row) for version, row in stored.items()}


def _put_together(policy: Policy, zone: ZoneInfo, holidays: Holidays) -> Regime:
    return Regime(policy.clocks, policy.calendars, policy.escalation, policy.after_hours, zone, holidays)


def _read(row: RowMapping) -> Timetable:
    return Timetable(calendar_from(row["definition"]), ZoneInfo(row["zone"]))


def _row(timetable: Timetable) -> dict[str, Any]:
    return {
        "version": timetable.version,
        "zone": timetable.zone.key,
        "definition": timetable.calendar.definition(),
    }
