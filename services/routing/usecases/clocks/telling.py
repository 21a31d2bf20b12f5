"""What is told of clocks: breaches, and changes after their start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from services.chassis.events import Event
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks import ClockName, Verdict
from services.routing.domain.clocks.record import verdict
from services.routing.metrics import RoutingMetrics
from services.routing.usecases.context import CaseRow, tell

#: Clocks whose course is told when they stop. The register stops `record` at once, and `follow_up` is renewed each day:
#: their breaches say all there is to say.
_TOLD_WHEN_STOPPED: Final = frozenset(ClockName) - {ClockName.RECORD, ClockName.FOLLOW_UP}


class Change(StrEnum):
    """What happened to a clock after it started."""

    STOPPED = "stopped"
    PAUSED = "paused"
    RESUMED = "resumed"
    RECOMPUTED = "recomputed"


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
        "occurrence": clock["occurrence"],
        "started_at": clock["started_at"],
        "due_at": clock["due_at"],
        "at": work.now,
    }
    tell(work, "clock.breached", case, data, cause=cause)
    if not case.historical:
        work.after_commit(metrics.breached(clock["name"]))


def tell_stopped(
    work: UnitOfWork, case: CaseRow, clock: Mapping[str, Any], *, cause: Event | None = None
) -> None:
    """Record `clock.changed` of a clock that stopped, where others count it."""
    if clock["name"] in _TOLD_WHEN_STOPPED:
        tell_changed(work, case, clock, Change.STOPPED, cause=cause)


def tell_changed(
    work: UnitOfWork,
    case: CaseRow,
    clock: Mapping[str, Any],
    change: Change,
    *,
    due_before: datetime | None = None,
    reason: str | None = None,
    by: str | None = None,
    cause: Event | None = None,
) -> None:
    """Record `clock.changed`; `clock` is the row as it is after the change."""
    stopped_at = clock["stopped_at"]
    standing = verdict(clock["due_at"], stopped_at, max(work.now, stopped_at or work.now))
    data = {
        "clock": clock["name"],
        "occurrence": clock["occurrence"],
        "change": change.value,
        "started_at": clock["started_at"],
        "due_at": clock["due_at"],
        "due_before": due_before,
        "stopped_at": stopped_at,
        "verdict": (standing if stopped_at else Verdict.RUNNING).value,
        "calendar": clock["calendar"],
        "reason": reason,
        "by": by,
        "at": work.now,
    }
    tell(work, "clock.changed", case, data, cause=cause)
