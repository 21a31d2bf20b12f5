"""Levels of escalation that clocks have reached: each exactly once, whoever dies and however many look (T1, T2).

A case is locked, and with it all its clocks that reached a level, so that what is due at the same time is told in one
notice. After a standstill every level that was passed is on record with the time it was due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.regime import Regime, next_level
from services.routing.domain.policy.escalation import Action, Level, Receiver
from services.routing.storage import cases, escalations, estates, timeline
from services.routing.storage import clocks as rows
from services.routing.usecases.clocks.computing import pauses_from, record_of
from services.routing.usecases.clocks.starting import matter_of
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.escalation.standing import Surroundings, surroundings
from services.routing.usecases.moving import Move, move

#: Clocks that lead to the cases of one transaction.
BATCH: Final = 100

#: Of actions at the same time the one that does most.
_STRENGTH: Final = {action.value: strength for strength, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class Reached:
    """A level a clock has reached, and when it was due."""

    clock: Row[Any]
    number: int
    level: Level
    at: datetime

    @property
    def is_warning(self) -> bool:
        """Whether it comes before the clock is due."""
        return self.level.offset < timedelta()

    def receivers(self, now: datetime) -> tuple[str, ...]:
        """Whom to tell: nobody of a warning once the clock is overdue, as the levels behind it tell that."""
        return () if self.is_warning and self.clock.due_at < now else self.level.receivers


def escalate_due(work: UnitOfWork, rules: Rules, limit: int = BATCH) -> int:
    """Take the levels that are due, oldest first, undispatched cases included; returns how many were reached."""
    numbers = rows.lock_cases_to_escalate(work.connection, work.now, limit)
    if not numbers:
        return 0
    connection = work.connection
    found = cases.lock(connection, numbers)
    places = estates.estates_of(connection, {case.estate for case in found.values()})
    regimes = {code: rules.regimes.of(place) for code, place in places.items()}
    pauses = rows.pauses_of(connection, numbers)
    reached, marks = [], []
    for clock in rows.lock_to_escalate(connection, numbers, work.now):
        kept = pauses[clock.number, clock.name, clock.occurrence]
        levels, mark = _passed(clock, kept, regimes[clock.estate], work.now)
        reached += levels
        marks.append(mark)
    rows.change(connection, ["level", "escalate_at"], marks)
    duty = any(Receiver.DUTY in each.level.receivers for each in reached)
    around = surroundings(connection, rules, found.values(), places, work.now, duty=duty)
    for (number, _), together in groupby(sorted(reached, key=_notice), key=_notice):
        _tell(work, rules, found[number], list(together), around)
    return len(reached) or len(marks)


def _notice(reached: Reached) -> tuple[str, int]:
    """What is told together: one notice for each case and level."""
    return (reached.clock.number, reached.number)


def _passed(
    clock: Row[Any], pauses: Sequence[Row[Any]], regime: Regime, now: datetime
) -> tuple[list[Reached], Mapping[str, Any]]:
    """The levels a clock has reached by now, and its row with the one that comes next."""
    name, row = ClockName(clock.name), clock._asdict()
    matter = matter_of(clock)
    plan, limit = regime.plan(name, matter), regime.limit(name, matter)
    number, at, found = clock.level, clock.escalate_at, []
    record = record_of(row, pauses_from(pauses))
    while at is not None and at <= now and number < len(plan) and limit is not None:
        number += 1
        found.append(Reached(clock, number, plan[number - 1], at))
        following = next_level(plan, number, record, limit.timetable)
        at = None if following is None else following[1]
        number = number if following is None else following[0] - 1
    ended = number >= len(plan) or limit is None
    return found, {**row, "level": number, "escalate_at": None if ended else at}


def _tell(
    work: UnitOfWork, rules: Rules, case: Row[Any], together: Sequence[Reached], around: Surroundings
) -> None:
    standing, first = around.standings[case.number], min(together, key=lambda each: each.at)
    receivers = standing.reached(code for each in together for code in each.receivers(work.now))
    action = max((each.level.action for each in together), key=_STRENGTH.__getitem__)
    escalations.insert(work.connection, [_row(work, each, standing.reached) for each in together])
    cause = "warning" if all(each.is_warning for each in together) else "overdue"
    told = {
        "cause": cause,
        "level": first.number,
        "action": action,
        "receivers": list(receivers),
        "clock": first.clock.name,
        "clocks": [each.clock.name for each in together],
        "due_at": first.clock.due_at,
    }
    timeline.append(work.connection, [timeline.entry(case.number, work.now, "escalated", details=told)])
    tell(work, "complaint.escalated", case, {**told, "at": work.now})
    if action == Action.ADD:
        escalations.observe(work.connection, case.number, receivers, work.now)
    elif action == Action.REASSIGN and receivers:
        for order in around.orders[case.number]:
            if order.assignee != receivers[0]:
                move(work, rules, case, order, Move(order.department, receivers[0]))


def _row(
    work: UnitOfWork, each: Reached, reached: Callable[[Iterable[str]], Sequence[str]]
) -> dict[str, Any]:
    return {
        "number": each.clock.number,
        "clock": each.clock.name,
        "occurrence": each.clock.occurrence,
        "level": each.number,
        "due_at": each.at,
        "at": work.now,
        "action": each.level.action,
        "receivers": list(reached(each.receivers(work.now))),
    }
