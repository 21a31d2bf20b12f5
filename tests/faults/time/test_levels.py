"""T1, T2 on levels of escalation: each exactly once whoever dies, and coalesced after a standstill."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from services.chassis.database import Database
from services.chassis.platform import Platform
from services.chassis.testing.clock import ManualClock
from services.routing.app import rules_of
from services.routing.settings import RoutingSettings
from services.routing.storage.tables import clocks, escalations
from services.routing.usecases.escalation.levels import escalate_due
from tests.faults.figures import report
from tests.faults.sizes import size
from tests.faults.time.breaches import told_once
from tests.faults.time.processes import due_within, killed_again_and_again
from tests.integration.routing.conftest import Published, Rows, SetPolicy, Tell, registered

LATEST = 30.0
NAMES = ("record", "dispatch", "arrive", "follow_up", "solve", "return_visit")


def test_each_level_is_reached_once_though_schedulers_are_killed_again_and_again(
    tell: Tell, database: Database, rows: Rows, told: Published, set_policy: SetPolicy
) -> None:
    # Given cases that each have one level, due one after the other
    level = {"offset": "0m", "receivers": ["head"], "action": "tell"}
    nothing = {name: {"levels": [], "cases": {"major": {"levels": []}}} for name in NAMES}
    set_policy({"escalation": {"answer": {"levels": [level]}, **nothing}})
    window = size(full=600, suite=4)
    tell(*(registered(f"TS-20261122-{i:06d}") for i in range(size(full=10_000, suite=120))))
    due_within(database, window, clocks.c.name == "answer")
    wanted = [each for each in rows(clocks) if each["name"] == "answer"]
    kills = size(full=100, suite=3)

    # When one of two schedulers is killed, and again, and again
    def done() -> bool:
        return all(each["escalate_at"] is None for each in rows(clocks))

    killed_again_and_again(database, kills, window, done, LATEST)

    # Then
    notices = told("complaint.escalated")
    result = told_once(wanted, notices)
    assert result.green, result
    late = [(event.data["at"] - event.data["due_at"]).total_seconds() for event in notices]
    assert min(late) >= 0
    assert max(late) <= LATEST
    report("T1 levels", "PostgreSQL", result, kills=kills, recoveries=late)


@pytest.mark.parametrize("outage", [timedelta(hours=2), timedelta(days=3)], ids=["2h", "3d"])
def test_after_an_outage_each_case_and_level_has_one_notice_and_every_level_its_true_time(
    tell: Tell,
    clock: ManualClock,
    database: Database,
    platform: Platform,
    settings: RoutingSettings,
    rows: Rows,
    told: Published,
    outage: timedelta,
) -> None:
    # Given cases nobody takes while nobody looks
    tell(*(registered(f"TS-20261122-{i:06d}") for i in range(size(full=2500, suite=60))))
    due = {(each["number"], each["name"]): each["due_at"] for each in rows(clocks)}
    clock.advance(seconds=outage.total_seconds())
    rules = rules_of(platform, settings)

    # When somebody looks again
    def step() -> int:
        with database.begin() as work:
            return escalate_due(work, rules)

    while step():
        pass

    # Then
    levels = rows(escalations)
    assert Counter(
        Counter((e.subject, e.data["level"]) for e in told("complaint.escalated")).values()
    ).keys() == {1}
    assert all(each["due_at"] <= clock.now() for each in levels)
    first = {each["number"]: each for each in levels if (each["clock"], each["level"]) == ("dispatch", 1)}
    assert len(first) == len({number for number, _ in due})
    assert all(each["due_at"] == due[number, "dispatch"] for number, each in first.items())
