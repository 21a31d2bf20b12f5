"""Noticing clocks that ran past their target: each breach is told exactly once."""

from __future__ import annotations

from services.chassis.unit_of_work import UnitOfWork
from services.routing.metrics import RoutingMetrics
from services.routing.storage import clocks as rows
from services.routing.usecases.clocks.telling import tell_breach

#: Breaches told in one transaction.
BATCH = 200


def notice_overdue(work: UnitOfWork, metrics: RoutingMetrics, limit: int = BATCH) -> int:
    """Tell the breaches nobody was told of, oldest due first, undispatched cases included; returns how many.

    Two workers take different ones: a row is locked until its breach is told.
    """
    overdue = rows.lock_overdue(work.connection, work.now, limit)
    for row in overdue:
        tell_breach(work, metrics, row, row._asdict())
    rows.change(
        work.connection,
        ["breached_at"],
        [
            {"number": row.number, "name": row.name, "occurrence": row.occurrence, "breached_at": work.now}
            for row in overdue
        ],
    )
    return len(overdue)
