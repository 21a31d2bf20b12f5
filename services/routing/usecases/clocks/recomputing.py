"""Due times that follow a change of policy, calendar, zone or classification; what was due before stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.course import Moment
from services.routing.domain.clocks.regime import Regime
from services.routing.storage import cases, estates, timeline, work_orders
from services.routing.storage import clocks as rows
from services.routing.usecases.clocks.computing import COMPUTED, computed, pauses_from
from services.routing.usecases.clocks.moments import DUE_ON_ORDERS, Happening, happened
from services.routing.usecases.clocks.starting import matter_of
from services.routing.usecases.clocks.telling import Change, tell_changed
from services.routing.usecases.context import Rules

#: Clocks looked at in one transaction.
BATCH: Final = 500

#: Why a due time was computed anew.
POLICY, CALENDAR, ZONE, CLASSIFIED = "policy", "calendar", "zone", "classified"

#: Where a sweep stands: the due time and key of the last clock it looked at.
Position = tuple[datetime, str, str, int]
#: Why a clock was computed anew, from its row before and after.
Reason = Callable[[Mapping[str, Any], Mapping[str, Any]], str]


def current_regimes(work: UnitOfWork, rules: Rules) -> dict[str, Regime]:
    """What holds for the clocks of each estate now."""
    return {place.code: rules.regimes.of(place) for place in estates.everywhere(work.connection)}


def sweep(
    work: UnitOfWork, rules: Rules, regimes: Mapping[str, Regime], after: Position | None
) -> Position | None:
    """Look at the next clocks that are not yet due, and compute those anew that another regime was computed with.

    Returns where to go on, None at the end. It may be ended anywhere and begun anew: what was computed is not computed
    again.
    """
    pending = rows.pending(work.connection, work.now, after, BATCH)
    stale = {row.number for row in pending if row.regime != regimes[row.estate].version}
    if stale:
        found = cases.lock(work.connection, stale)
        rules.regimes.keep_timetables(work, {regimes[case.estate] for case in found.values()})
        _compute(work, found, regimes, _what_changed)
    if len(pending) < BATCH:
        return None
    last = pending[-1]
    return (last.due_at, last.number, last.name, last.occurrence)


def reclassified(work: UnitOfWork, rules: Rules, numbers: Sequence[str]) -> None:
    """Let the clocks of these cases run as their new category, urgency or severity wants. The cases are locked."""
    found = cases.lock(work.connection, numbers)
    places = estates.estates_of(work.connection, {case.estate for case in found.values()})
    regimes = {code: rules.regimes.of(place) for code, place in places.items()}
    rules.regimes.keep_timetables(work, regimes.values())
    _compute(work, found, regimes, lambda _before, _after: CLASSIFIED)
    keys = {(number, ClockName.ARRIVE.value) for number in work_orders.dispatched(work.connection, numbers)}
    visited = rows.last_occurrences(work.connection, keys) if keys else {}
    wanted = [found[number] for number, name in sorted(keys) if (number, name) not in visited]
    happened(work, rules, [Happening(case, Moment.DISPATCHED, work.now) for case in wanted])


def _compute(
    work: UnitOfWork, found: Mapping[str, Row[Any]], regimes: Mapping[str, Regime], why: Reason
) -> None:
    connection = work.connection
    pauses = rows.pauses_of(connection, found)
    moved, ended, entries = [], [], []
    for row in rows.lock_pending_of(connection, found, work.now):
        case, regime, before = found[row.number], regimes[row.estate], row._asdict()
        limit = regime.limit(ClockName(row.name), matter_of(case))
        if limit is None:
            after = {**before, "stopped_at": work.now, "escalate_at": None, "regime": regime.version}
            ended.append(after)
        else:
            kept = pauses_from(pauses[row.number, row.name, row.occurrence])
            after = computed(before, kept, regime, limit, matter_of(case), historical=case.historical)
            moved.append(after)
        if limit is None or after["due_at"] != before["due_at"]:
            entries.append(_told(work, case, before, after, why(before, after)))
    rows.change(connection, COMPUTED, moved)
    rows.change(connection, ["stopped_at", "escalate_at", "regime"], ended)
    work_orders.follow_clocks(connection, {row["number"] for row in (*moved, *ended)}, DUE_ON_ORDERS)
    timeline.append(connection, entries)


def _told(
    work: UnitOfWork, case: Row[Any], before: Mapping[str, Any], after: Mapping[str, Any], reason: str
) -> dict[str, Any]:
    """Tell of the change, and give the entry of the timeline that keeps it."""
    change = Change.STOPPED if after["stopped_at"] else Change.RECOMPUTED
    tell_changed(work, case, after, change, due_before=before["due_at"], reason=reason)
    details = {
        "clock": before["name"],
        "reason": reason,
        "due_before": before["due_at"],
        "due_at": after["due_at"],
        "calendar_before": before["calendar"],
        "calendar": after["calendar"],
    }
    return timeline.entry(case.number, work.now, f"clock_{change.value}", details=details)


def _what_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Policy, if the target or the calendar's name is another one, else zone or calendar, as their versions tell."""
    (name, definition), (new_name, new_definition) = (
        each["calendar"].partition("@")[::2] for each in (before, after)
    )
    if before["target_seconds"] != after["target_seconds"] or name != new_name:
        return POLICY
    digest, zone = definition.partition(".")[::2]
    new_digest, new_zone = new_definition.partition(".")[::2]
    return ZONE if digest == new_digest and zone != new_zone else CALENDAR
