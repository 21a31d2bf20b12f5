"""Computing the due time of a running clock anew, from its record and what holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row

from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.matters import Matter
from services.routing.domain.clocks.record import Pause, Record, due
from services.routing.domain.clocks.regime import Limit, Regime, next_level

#: The columns that `computed` gives.
COMPUTED: Final = ("target_seconds", "due_at", "calendar", "regime", "level", "escalate_at")


def pauses_from(rows: Sequence[Row[Any]]) -> tuple[Pause, ...]:
    """The pauses of a clock from their rows."""
    return tuple(Pause(row.paused_at, row.until, row.reason, row.resumed_at) for row in rows)


def record_of(row: Mapping[str, Any], pauses: tuple[Pause, ...]) -> Record:
    """The record of a clock from its row."""
    target = timedelta(seconds=row["target_seconds"])
    return Record(ClockName(row["name"]), row["started_at"], target, pauses, row["stopped_at"])


def computed(
    row: Mapping[str, Any],
    pauses: tuple[Pause, ...],
    regime: Regime,
    limit: Limit,
    matter: Matter,
    *,
    historical: bool,
) -> dict[str, Any]:
    """The row of a running clock with its due time and its next level as `regime` has them.

    Levels that were reached stay reached, so a plan that changed goes on behind them.
    """
    name = ClockName(row["name"])
    record = Record(name, row["started_at"], limit.target, pauses)
    plan = () if historical else regime.plan(name, matter)
    level = next_level(plan, row["level"], record, limit.timetable)
    return {
        **row,
        "target_seconds": int(limit.target.total_seconds()),
        "due_at": due(limit.timetable, record.started_at, record.target, pauses),
        "calendar": limit.timetable.version,
        "regime": regime.version,
        "level": row["level"] if level is None else level[0] - 1,
        "escalate_at": None if level is None else level[1],
    }
