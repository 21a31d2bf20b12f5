"""What happens to cases moves their clocks, as the table of courses says (`domain/clocks/course.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Row

from services.chassis.events import Event
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks import ClockName, Verdict
from services.routing.domain.clocks.course import Moment, renews, starting, stopping
from services.routing.domain.clocks.record import verdict
from services.routing.storage import clocks as rows
from services.routing.storage import estates, work_orders
from services.routing.usecases.clocks.starting import MatterRow, Start, matter_of, started
from services.routing.usecases.clocks.telling import tell_breach, tell_stopped
from services.routing.usecases.context import CaseRow, Rules

#: Clocks of which the next due one is what a handler's work order is due by.
DUE_ON_ORDERS: Final = frozenset({ClockName.ANSWER, ClockName.ARRIVE, ClockName.SOLVE})


class ClockedCase(CaseRow, MatterRow, Protocol):
    """A case whose clocks may start."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something happens to a case at an instant."""

    case: ClockedCase
    moment: Moment
    at: datetime
    cause: Event | None = None


def happened(work: UnitOfWork, rules: Rules, happenings: Sequence[Happening]) -> None:
    """Stop, renew and start the clocks of these cases, each case at most once; tell breaches not noticed before.

    The cases are locked. A clock that runs does not start again.
    """
    begun = [*_stop(work, rules, happenings), *_starts(work, happenings)]
    _start(work, rules, begun)
    touched = {
        each.case.number
        for each in happenings
        if DUE_ON_ORDERS.intersection((*stopping(each.moment), *starting(each.moment)))
    }
    work_orders.follow_clocks(work.connection, touched, DUE_ON_ORDERS)


def _stop(work: UnitOfWork, rules: Rules, happenings: Sequence[Happening]) -> list[tuple[Happening, Start]]:
    """Stop what these moments stop; returns the occurrences that begin where others ended."""
    wanted = {(each.case.number, name.value): each for each in happenings for name in stopping(each.moment)}
    if not wanted:
        return []
    stops, next_ones = [], []
    for row in rows.lock_running(work.connection, wanted):
        each = wanted[row.number, row.name]
        stopped = _stopped(work, rules, row, each)
        stops.append(stopped)
        if renews(name := ClockName(row.name), each.moment):
            start = Start(row.number, name, stopped["stopped_at"], row.occurrence + 1)
            next_ones.append((each, start))
    rows.change(work.connection, ["stopped_at", "breached_at", "escalate_at"], stops)
    return next_ones


def _stopped(work: UnitOfWork, rules: Rules, row: Row[Any], each: Happening) -> Mapping[str, Any]:
    late = verdict(row.due_at, each.at, max(work.now, each.at)) is Verdict.BREACHED
    newly = late and row.breached_at is None
    clock = {
        **row._asdict(),
        "stopped_at": max(each.at, row.started_at),
        "breached_at": work.now if newly else row.breached_at,
        "escalate_at": None,
    }
    if newly:
        tell_breach(work, rules.metrics, each.case, clock, cause=each.cause)
    tell_stopped(work, each.case, clock, cause=each.cause)
    return clock


def _starts(work: UnitOfWork, happenings: Sequence[Happening]) -> list[tuple[Happening, Start]]:
    wanted = {(each.case.number, name.value): each for each in happenings for name in starting(each.moment)}
    if not wanted:
        return []
    known = rows.last_occurrences(work.connection, wanted)
    found = []
    for (number, name), each in wanted.items():
        last, runs = known.get((number, name), (0, False))
        if not runs:
            found.append((each, Start(number, ClockName(name), each.at, last + 1)))
    return found


def _start(work: UnitOfWork, rules: Rules, begun: Sequence[tuple[Happening, Start]]) -> None:
    if not begun:
        return
    places = estates.estates_of(work.connection, {each.case.estate for each, _ in begun})
    regimes = {code: rules.regimes.of(place) for code, place in places.items()}
    rules.regimes.keep_timetables(work, regimes.values())
    clocks = [
        started(
            start,
            regimes[each.case.estate],
            matter_of(each.case),
            work.now,
            historical=each.case.historical,
        )
        for each, start in begun
    ]
    rows.insert(work.connection, [clock for clock in clocks if clock is not None])
