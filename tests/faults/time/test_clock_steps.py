"""T3: the clock of a process is put forward and back while it runs beside another that keeps the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.platform import Platform
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.routing.app import web
from services.routing.loops import noticing
from services.routing.metrics import metrics_in
from services.routing.passwords import Passwords
from services.routing.settings import RoutingSettings
from services.routing.storage.tables import clocks, work_orders
from tests.faults.figures import report
from tests.faults.sizes import size
from tests.faults.time.breaches import told_once
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, registered

STEPS = tuple(timedelta(minutes=minutes) for minutes in (60, -60, 5, -5))


@dataclass
class SteppedClock:
    """A clock of a process that somebody sets wrong: only what it shows changes, not the seconds that pass."""

    right: ManualClock
    wrong_by: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """What it shows."""
        return self.right.now() + self.wrong_by

    def monotonic(self) -> float:
        """Seconds that pass."""
        return self.right.monotonic()


@pytest.fixture
def stepped(clock: ManualClock) -> SteppedClock:
    """The clock of one process."""
    return SteppedClock(clock)


@pytest.fixture
def numbers() -> Iterator[str]:
    """Numbers of complaints."""
    return (f"TS-20261122-{i:06d}" for i in count())


def test_a_clock_that_is_set_forward_and_back_lets_nothing_be_told_twice_or_never(
    tell: Tell,
    clock: ManualClock,
    stepped: SteppedClock,
    database: Database,
    platform: Platform,
    rows: Rows,
    told: Published,
    numbers: Iterator[str],
) -> None:
    # Given two schedulers, and complaints all the time
    metrics = metrics_in(platform.registry)
    pair = [noticing(each, metrics).step for each in (database, replace(database, clock=stepped))]
    for wrong_by in STEPS * size(full=25, suite=1):
        # When one's clock is set wrong for an hour and then right
        for moment in (wrong_by, timedelta()):
            stepped.wrong_by = moment
            for _ in range(12):
                tell(registered(next(numbers), received_at=clock.now(), recorded_at=clock.now()))
                clock.advance(minutes=5)
                for step in pair:
                    step()
    clock.advance(hours=25)
    for step in pair:
        while step():
            pass

    # Then
    overdue = [each for each in rows(clocks) if not each["stopped_at"] and each["due_at"] < clock.now()]
    result = told_once(overdue, told("clock.breached"))
    assert result.green, result
    early = [event for event in told("clock.breached") if event.data["at"] < event.data["due_at"]]
    assert early == [], "by the clock of who told it"
    report("T3", "PostgreSQL", result, kills=0, disturbed="clock steps")


@pytest.mark.parametrize("wrong_by", [*STEPS, timedelta(days=-1)], ids=str)
def test_no_duration_is_negative_whatever_the_clock_shows(
    tell: Tell,
    staff: Mapping[str, str],
    platform: Platform,
    settings: RoutingSettings,
    passwords: Passwords,
    stepped: SteppedClock,
    caller: Caller,
    rows: Rows,
    told: Published,
    wrong_by: timedelta,
) -> None:
    # Given a case, and a process whose clock is set wrong
    tell(registered("TS-20261122-AAAAAA"))
    on = replace(platform, database=replace(platform.database, clock=stepped))
    stepped.wrong_by = wrong_by

    # When it is handled there
    client = web(on, settings, passwords).test_client()
    _handle(client, rows, caller)

    # Then
    for name in ("response", "resolution"):
        samples = {
            sample.name.rpartition("_")[2]: sample.value
            for family in platform.registry.collect()
            if family.name == f"linli_complaint_{name}_seconds"
            for sample in family.samples
        }
        assert samples["count"] == 1
        assert samples["sum"] >= 0
    received = DEFAULT_START - timedelta(seconds=60)
    at = {event.name: event.data["at"] for event in told() if event.name.startswith("complaint.")}
    steps = [received, at["complaint.answered"], at["complaint.resolved"]]
    assert all(earlier <= later for earlier, later in pairwise(steps))
    for each in rows(clocks):
        assert each["stopped_at"] is None or each["stopped_at"] >= each["started_at"]


def _handle(client: FlaskClient, rows: Rows, caller: Caller) -> None:
    order: Any = rows(work_orders)[0]["id"]
    for step in ("accept", "answer", "arrive", "resolve", "sign-off"):
        who = caller(id="leader" if step == "sign-off" else "worker")
        done = client.post(f"/api/routing/work-orders/{order}/{step}", json={"note": "已处理"}, headers=who)
        assert done.status_code == 200, done.text
