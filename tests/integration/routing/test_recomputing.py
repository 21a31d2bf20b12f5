"""T6: zone, calendar or policy change while a thousand cases run; what is pending is computed anew once, on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event as hooks

from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.chassis.testing.services import make_event
from services.routing.storage.tables import calendars, clocks, timeline
from tests.integration.routing.conftest import Published, Rows, SetPolicy, Tell, registered

CASES = 1000
StepOf = Callable[[str], Callable[[], bool]]
#: Lets due times follow what changed; returns how many statements that took.
Follow = Callable[[], int]


@pytest.fixture
def follow(step_of: StepOf, database: Database) -> Follow:
    """A function that goes through all clocks."""
    step = step_of("routing.recompute")

    def all_of_them() -> int:
        seen = []

        def note(*_: object) -> None:
            seen.append(1)

        hooks.listen(database.engine, "before_cursor_execute", note)
        while step():
            pass
        hooks.remove(database.engine, "before_cursor_execute", note)
        return len(seen)

    return all_of_them


def moved(zone: str) -> Event:
    """The estate cuihu is in another zone from now on."""
    data = {
        "code": "cuihu",
        "name": "cuihu 小区",
        "path": "linli/east/cuihu",
        "zone": zone,
        "group": "linli",
        "group_name": "邻里",
        "households_total": 100,
        "households_occupied": 90,
    }
    return make_event("estate.changed", "cuihu", data, source="intake", version=2, estate="cuihu")


def by_key(rows: Rows) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(each["number"], each["name"]): each for each in rows(clocks)}


def test_the_due_times_of_a_thousand_cases_follow_the_zone_once_and_those_of_the_past_stay(
    tell: Tell,
    staff: dict[str, str],
    rows: Rows,
    told: Published,
    follow: Follow,
    clock: ManualClock,
    step_of: StepOf,
) -> None:
    # Given a case that ran out, and a thousand that run since the evening, half of them in another estate
    tell(registered("TS-20261101-AAAAAA"))
    clock.advance(days=4, hours=8)
    while step_of("routing.due-clocks")():
        pass
    for first in range(0, CASES, 100):
        tell(
            *(
                registered(
                    f"TS-20261122-{i:06d}",
                    estate="cuihu" if i % 2 else "binjiang",
                    received_at=clock.now(),
                    recorded_at=clock.now(),
                )
                for i in range(first, first + 100)
            )
        )
    before = by_key(rows)
    assert follow() < 20, "nothing changed yet"
    assert told("clock.changed") == []

    # When the estate is in another zone, two hours to the west
    tell(moved("Asia/Urumqi"))
    statements = follow()

    # Then working time follows the wall there
    after, now = by_key(rows), clock.now()
    solve = [key for key in before if key[1] == "solve" and before[key]["due_at"] > now]
    here = {key for key in solve if int(key[0][-6:]) % 2}
    assert len(here) == CASES // 2
    assert {after[key]["due_at"] - before[key]["due_at"] for key in here} == {timedelta(hours=2)}
    assert statements < 100, "a few for each five hundred clocks"
    # And nothing else changed: what runs around the clock, other estates, what was due before.
    for key in before.keys() - here:
        assert (after[key]["due_at"], after[key]["calendar"]) == (
            before[key]["due_at"],
            before[key]["calendar"],
        )

    # And each change is told and on record, once, also if it is looked for again
    follow()
    changes = told("clock.changed")
    assert Counter(event.subject for event in changes) == Counter(number for number, _ in here)
    assert {(e.data["change"], e.data["reason"]) for e in changes} == {("recomputed", "zone")}
    entries = [each for each in rows(timeline) if each["entry"] == "clock_recomputed"]
    assert len(entries) == len(here)
    one = entries[0]
    assert one["details"]["due_before"] == before[one["number"], "solve"]["due_at"].isoformat()
    assert one["details"]["calendar"] == after[one["number"], "solve"]["calendar"]


def test_a_policy_that_gives_more_time_moves_what_is_pending_and_no_verdict(
    tell: Tell, staff: dict[str, str], rows: Rows, told: Published, follow: Follow, set_policy: SetPolicy
) -> None:
    # Given
    tell(registered("TS-20261122-AAAAAA"), registered("TS-20261122-BBBBBB", estate="binjiang"))
    follow()

    # When one region decides otherwise
    set_policy({"clocks": {"answer": {"target": "36h"}}}, "linli/east/cuihu")
    follow()

    # Then
    answers = {number: each for (number, name), each in by_key(rows).items() if name == "answer"}
    started = DEFAULT_START - timedelta(seconds=60)
    assert answers["TS-20261122-AAAAAA"]["due_at"] == started + timedelta(hours=36)
    assert answers["TS-20261122-BBBBBB"]["due_at"] == started + timedelta(hours=24)
    (changed,) = told("clock.changed")
    assert (changed.data["clock"], changed.data["reason"]) == ("answer", "policy")
    dispatch = by_key(rows)["TS-20261122-AAAAAA", "dispatch"]
    assert dispatch["stopped_at"] == DEFAULT_START


def test_a_holiday_announced_later_moves_the_due_time_and_is_kept_for_the_explanation(
    tell: Tell, staff: dict[str, str], rows: Rows, told: Published, follow: Follow, set_policy: SetPolicy
) -> None:
    tell(registered("TS-20261122-AAAAAA"))
    before = by_key(rows)["TS-20261122-AAAAAA", "solve"]

    set_policy({"calendars": {"named": {"office": {"days": {"2026-11-24": []}}}}})
    follow()

    after = by_key(rows)["TS-20261122-AAAAAA", "solve"]
    assert after["due_at"] - before["due_at"] == timedelta(days=1)
    assert told("clock.changed")[0].data["reason"] == "calendar"
    kept = {each["version"]: each for each in rows(calendars)}
    assert {before["calendar"], after["calendar"]} <= kept.keys()
    assert kept[after["calendar"]]["definition"]["days"]["2026-11-24"] == []
    assert kept[before["calendar"]]["zone"] == ZoneInfo("Asia/Shanghai").key


def test_a_clock_the_policy_no_longer_has_stops(
    tell: Tell, staff: dict[str, str], rows: Rows, told: Published, follow: Follow, set_policy: SetPolicy
) -> None:
    tell(registered("TS-20261122-AAAAAA"))

    set_policy({"clocks": {"follow_up": {"target": None}}})
    follow()

    assert by_key(rows)["TS-20261122-AAAAAA", "follow_up"]["stopped_at"] is not None
    assert told("clock.changed")[0].data["change"] == "stopped"
