"""Stopping clocks, and noticing those that ran past their target: each breach is told exactly once (DESIGN §2.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.chassis.events import Event
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks import ClockName, Verdict
from services.routing.domain.clocks.record import verdict
from services.routing.metrics import RoutingMetrics
from services.routing.storage import clocks as rows
from services.routing.usecases.context import CaseRow, tell

#: Breaches told in one transaction.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Stop:
    """A clock of a case that stops at an instant."""

    case: CaseRow
    name: ClockName
    at: datetime
    cause: Event | None = None


def started(
    number: str,
    name: ClockName,
    started_at: datetime,
    target: timedelta,
    stopped_at: datetime | None,
    now: datetime,
) -> dict[str, Any]:
    """The row of a new clock; one that stopped too late is marked as breached and is to be told by the caller.

    A clock never stops before it starts: the machines that say when may differ (RELIABILITY T3).
    """
    due_at = started_at + target
    late = stopped_at is not None and verdict(due_at, stopped_at, now) is Verdict.BREACHED
    return {
        "number": number,
        "name": name.value,
        "started_at": started_at,
        "target_seconds": int(target.total_seconds()),
        "due_at": due_at,
        "stopped_at": None if stopped_at is None else max(stopped_at, started_at),
        "breached_at": now if late else None,
    }


def tell_breach(
    work: UnitOfWork,
    metrics: RoutingMetrics,
    case: CaseRow,
    clock: Mapping[str, Any],
    *,
    cause: Event | None = None,
) -> None:
    """Record `clock.breached` and count it, if it is live, once the transaction is committed."""
    data = {
        "clock": clock["name"],
        "started_at": clock["started_at"],
        "due_at": clock["due_at"],
        "at": work.now,
    }
    tell(work, "clock.breached", case, data, cause=cause)
    if not case.historical:
        work.after_commit(metrics.breached(clock["name"]))


def stop(work: UnitOfWork, metrics: RoutingMetrics, stops: Sequence[Stop]) -> None:
    """Stop these clocks where they still run, and tell the breach of one that was late and not noticed yet."""
    wanted = {(each.case.number, each.name.value): each for each in stops}
    if not wanted:
        return
    marks = []
    for row in rows.lock_running(work.connection, list(wanted)):
        each = wanted[row.number, row.name]
        late = verdict(row.due_at, each.at, max(work.now, each.at)) is Verdict.BREACHED
        newly = late and row.breached_at is None
        marks.append(
            {
                "number": row.number,
                "name": row.name,
                "stopped_at": max(each.at, row.started_at),
                "breached_at": work.now if newly else row.breached_at,
            }
        )
        if newly:
            tell_breach(work, metrics, each.case, row._asdict(), cause=each.cause)
    rows.mark(work.connection, marks)


def stop_all(
    work: UnitOfWork, metrics: RoutingMetrics, cases: Sequence[tuple[CaseRow, datetime, Event | None]]
) -> None:
    """Stop every clock of cases that are at their end: what is over can no longer be late."""
    stop(work, metrics, [Stop(case, name, at, cause) for case, at, cause in cases for name in ClockName])


def notice_overdue(work: UnitOfWork, metrics: RoutingMetrics, limit: int = BATCH) -> int:
    """Tell the breaches nobody was told of, oldest due first, undispatched cases included; returns how many.

    Two workers take different ones: a row is locked until its breach is told.
    """
    overdue = rows.lock_overdue(work.connection, work.now, limit)
    for row in overdue:
        tell_breach(work, metrics, row, row._asdict())
    rows.mark(
        work.connection,
        [
            {"number": row.number, "name": row.name, "stopped_at": None, "breached_at": work.now}
            for row in overdue
        ],
    )
    return len(overdue)
