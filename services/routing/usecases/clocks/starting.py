"""The row of a clock that starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.routing.domain.clocks import ClockName, Verdict
from services.routing.domain.clocks.matters import Matter
from services.routing.domain.clocks.record import Record, due, verdict
from services.routing.domain.clocks.regime import Regime, next_level


class MatterRow(Protocol):
    """The columns of a case that decide about its clocks."""

    @property
    def category(self) -> str: ...

    @property
    def urgency(self) -> str: ...

    @property
    def severity(self) -> str: ...

    @property
    def channel(self) -> str: ...


def matter_of(case: MatterRow) -> Matter:
    """What of a case decides about its clocks."""
    return Matter(case.category, case.urgency, case.severity, case.channel)


@dataclass(frozen=True, slots=True)
class Start:
    """A clock of a case that starts, and perhaps has stopped already."""

    number: str
    name: ClockName
    at: datetime
    occurrence: int = 1
    stopped_at: datetime | None = None


def started(
    start: Start, regime: Regime, matter: Matter, now: datetime, *, historical: bool
) -> dict[str, Any] | None:
    """The row of a new clock, None where the policy lets it not run for such a case.

    One that stopped too late is marked as breached and is to be told by the caller. A clock never stops before it
    starts: the machines that say when may differ (RELIABILITY T3). Of the past nobody is told (DESIGN §2.11).
    """
    limit = regime.limit(start.name, matter)
    if limit is None:
        return None
    record = Record(start.name, start.at, limit.target)
    due_at = due(limit.timetable, start.at, limit.target)
    stopped = None if start.stopped_at is None else max(start.stopped_at, start.at)
    late = stopped is not None and verdict(due_at, stopped, now) is Verdict.BREACHED
    plan = () if historical or stopped is not None else regime.plan(start.name, matter)
    level = next_level(plan, 0, record, limit.timetable)
    return {
        "number": start.number,
        "name": start.name.value,
        "occurrence": start.occurrence,
        "started_at": start.at,
        "target_seconds": int(limit.target.total_seconds()),
        "due_at": due_at,
        "stopped_at": stopped,
        "breached_at": now if late else None,
        "calendar": limit.timetable.version,
        "regime": regime.version,
        "level": 0 if level is None else level[0] - 1,
        "escalate_at": None if level is None else level[1],
    }
