"""T1, T2: many clocks run out while those who tell of it die, and after an outage of hours or days."""

from __future__ import annotations

import threading
from datetime import timedelta
from statistics import quantiles
from time import monotonic

import pytest

from services.chassis.database import Database
from services.chassis.platform import Platform
from services.chassis.testing.clock import ManualClock
from services.routing.metrics import metrics_in
from services.routing.storage.tables import clocks
from services.routing.usecases.clocks.breaches import notice_overdue
from tests.faults.figures import report
from tests.faults.sizes import SUITE, chosen, size
from tests.faults.time.breaches import told_once
from tests.faults.time.processes import due_within, killed_again_and_again
from tests.integration.routing.conftest import Published, Rows, Tell, registered

#: Seconds of lateness: 99 of 100 breaches, and every one (T1).
LATE_P99, LATEST = 5.0, 30.0
#: Seconds to catch up after an outage (T2).
CAUGHT_UP = 60.0
#: Clocks of a case nobody took that are not stopped at its registration.
_RUNNING = 4


def test_schedulers_killed_again_and_again_tell_each_breach_once_and_in_time(
    tell: Tell, database: Database, rows: Rows, told: Published
) -> None:
    # Given clocks that run out one after the other
    window = size(full=600, suite=5)
    tell(*(registered(f"TS-20261122-{i:06d}") for i in range(size(full=10_000, suite=300) // _RUNNING)))
    due_within(database, window, clocks.c.stopped_at.is_(None))
    wanted = _running(rows)
    kills = size(full=100, suite=3)

    # When one of two schedulers is killed, and again, and again
    killed_again_and_again(database, kills, window, lambda: not _running(rows), LATEST)

    # Then
    breaches = told("clock.breached")
    result = told_once(wanted, breaches)
    assert result.green, result
    late = [(event.data["at"] - event.data["due_at"]).total_seconds() for event in breaches]
    p99 = quantiles(late, n=100)[98]
    assert min(late) >= 0
    if chosen() != SUITE:
        assert p99 <= LATE_P99
    assert max(late) <= LATEST
    report("T1", "PostgreSQL", result, kills=kills, recoveries=late, late_p99=round(p99, 2))


@pytest.mark.parametrize("outage", [timedelta(hours=2), timedelta(days=3)], ids=["2h", "3d"])
def test_after_an_outage_every_breach_is_told_once_with_the_time_it_was_due(
    tell: Tell,
    clock: ManualClock,
    database: Database,
    platform: Platform,
    rows: Rows,
    told: Published,
    outage: timedelta,
) -> None:
    # Given clocks of which some run out while nobody looks
    tell(*(registered(f"TS-20261122-{i:06d}") for i in range(size(full=10_000, suite=400) // _RUNNING)))
    clock.advance(seconds=outage.total_seconds())
    wanted = [each for each in _running(rows) if each["due_at"] < clock.now()]

    # When two schedulers come back
    def catch_up() -> None:
        while True:
            with database.begin() as work:
                if not notice_overdue(work, metrics_in(platform.registry)):
                    return

    pair = [threading.Thread(target=catch_up) for _ in range(2)]
    began = monotonic()
    for each in pair:
        each.start()
    for each in pair:
        each.join()
    took = monotonic() - began

    # Then
    result = told_once(wanted, told("clock.breached"))
    assert result.green, result
    assert result.accepted
    assert took <= CAUGHT_UP
    report(f"T2 {outage / timedelta(hours=1):.0f} h", "PostgreSQL", result, kills=0, recoveries=[took])


def _running(rows: Rows) -> list[dict[str, object]]:
    return [
        dict(clock) for clock in rows(clocks) if clock["stopped_at"] is None and clock["breached_at"] is None
    ]
