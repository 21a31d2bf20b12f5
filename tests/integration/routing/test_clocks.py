"""The clocks of a case start, are renewed and stop as the table of courses says, over the whole life of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.routing.storage.tables import clocks, work_orders
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, called_back, rated, registered

NUMBER = "TS-20261122-AAAAAA"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: Takes steps of the newest work order.
Steps = Callable[..., None]


@pytest.fixture
def steps(client: FlaskClient, caller: Caller, rows: Rows) -> Steps:
    """A function that takes steps of the newest work order, as the director."""

    def take(*names: str) -> None:
        for name in names:
            order = max(rows(work_orders), key=lambda each: each["round"])
            who = caller(id="other-leader" if name == "sign-off" else "leader")
            answer = client.post(
                f"/api/routing/work-orders/{order['id']}/{name}", json={"note": "已处理"}, headers=who
            )
            assert answer.status_code == 200, answer.text

    return take


def running(rows: Rows) -> dict[str, int]:
    """The clocks that run, with their occurrence."""
    return {each["name"]: each["occurrence"] for each in rows(clocks) if each["stopped_at"] is None}


def clock_of(rows: Rows, name: str, occurrence: int = 1) -> Mapping[str, Any]:
    (found,) = (e for e in rows(clocks) if (e["name"], e["occurrence"]) == (name, occurrence))
    return found


def test_each_step_stops_and_renews_its_clocks(
    tell: Tell, staff: dict[str, str], rows: Rows, steps: Steps, clock: ManualClock
) -> None:
    tell(registered(NUMBER))
    assert running(rows) == {"answer": 1, "follow_up": 1, "solve": 1}
    assert clock_of(rows, "record")["stopped_at"] == DEFAULT_START - timedelta(seconds=30), "R37"

    clock.advance(hours=1)
    steps("accept", "answer")
    assert running(rows) == {"follow_up": 2, "solve": 1}
    assert clock_of(rows, "follow_up", 2)["due_at"] == clock.now() + 24 * HOUR, "R119"

    clock.advance(hours=20)
    steps("progress", "resolve")
    assert running(rows) == {"follow_up": 3, "solve": 1}

    steps("sign-off")
    assert running(rows) == {"return_visit": 1}

    tell(called_back(NUMBER, "satisfied"))
    assert running(rows) == {}


def test_a_new_round_has_clocks_of_its_own(
    tell: Tell, staff: dict[str, str], rows: Rows, steps: Steps, clock: ManualClock
) -> None:
    # Given a case that was resolved
    tell(registered(NUMBER))
    steps("accept", "answer", "resolve", "sign-off")
    clock.advance(hours=30)

    # When it goes on
    tell(rated(NUMBER, "dissatisfied"))

    # Then
    assert running(rows) == {"answer": 2, "follow_up": 3, "solve": 2}
    assert clock_of(rows, "dispatch", 2)["stopped_at"] == clock.now(), "given to a person at once"
    assert clock_of(rows, "answer", 2)["due_at"] == clock.now() + 24 * HOUR, "an answer is due anew (R105)"
    (order,) = (each for each in rows(work_orders) if each["round"] == 2)
    assert order["due_at"] == clock_of(rows, "answer", 2)["due_at"]

    steps("accept", "answer")
    assert running(rows) == {"follow_up": 4, "solve": 2}


def test_urgent_matters_are_to_be_reached_at_once(
    tell: Tell, staff: dict[str, str], rows: Rows, steps: Steps, clock: ManualClock
) -> None:
    """R106."""
    tell(registered(NUMBER, text="电梯困人了，快来救人！"))
    arrive = clock_of(rows, "arrive")
    assert arrive["due_at"] == DEFAULT_START + 15 * MINUTE
    assert rows(work_orders)[0]["due_at"] == arrive["due_at"], "what is due first"

    steps("accept", "arrive")

    assert "arrive" not in running(rows)
    assert (
        rows(work_orders)[0]["due_at"]
        == clock_of(rows, "solve")["due_at"]
        == clock_of(rows, "answer")["due_at"]
    )


def test_a_correction_changes_what_a_case_is_due_by(
    tell: Tell,
    staff: dict[str, str],
    rows: Rows,
    client: FlaskClient,
    caller: Caller,
    told: Published,
    clock: ManualClock,
) -> None:
    # Given an ordinary case
    tell(registered(NUMBER))
    before = clock_of(rows, "solve")
    clock.advance(minutes=5)

    # When somebody sees that it is urgent
    body = {"urgency": "urgent", "reason": "有人被困"}
    client.post(f"/api/routing/complaints/{NUMBER}/classification", json=body, headers=caller())

    # Then
    after, arrive = clock_of(rows, "solve"), clock_of(rows, "arrive")
    assert (before["calendar"].partition("@")[0], after["calendar"]) == ("office", "around_the_clock")
    assert after["due_at"] == after["started_at"] + 24 * HOUR
    assert arrive["due_at"] == clock.now() + 15 * MINUTE
    (changed,) = told("clock.changed")
    assert (changed.data["change"], changed.data["reason"]) == ("recomputed", "classified")
    assert (changed.data["due_before"], changed.data["due_at"]) == (before["due_at"], after["due_at"])


def test_what_a_clock_came_to_is_told_when_it_stops(
    tell: Tell, staff: dict[str, str], steps: Steps, told: Published, clock: ManualClock, rows: Rows
) -> None:
    tell(registered(NUMBER))
    clock.advance(hours=25)

    steps("accept", "answer", "resolve", "sign-off")

    answer, solve = (e.data for e in told("clock.changed"))
    assert (answer["clock"], answer["change"], answer["verdict"]) == ("answer", "stopped", "breached")
    assert (solve["clock"], solve["verdict"], solve["stopped_at"]) == ("solve", "kept", clock.now())
    assert solve["due_at"] == clock_of(rows, "solve")["due_at"]


def test_letters_may_wait_a_day_for_the_register(tell: Tell, rows: Rows, told: Published) -> None:
    """R38: what came in a box may be recorded a day later; by telephone it is late (R37)."""
    late = {"received_at": DEFAULT_START - 2 * HOUR, "recorded_at": DEFAULT_START}
    tell(registered("TS-20261122-AAAAAA", channel="letter", **late))
    tell(registered("TS-20261122-BBBBBB", channel="phone", **late))

    (breach,) = told("clock.breached")
    assert (breach.subject, breach.data["clock"]) == ("TS-20261122-BBBBBB", "record")
    assert breach.data["due_at"] == DEFAULT_START - 2 * HOUR + 3 * MINUTE


def test_a_case_shows_its_clocks_with_the_reasons_in_the_readers_language(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller, clock: ManualClock
) -> None:
    tell(registered(NUMBER))
    clock.advance(hours=25)

    def shown(language: str) -> dict[str, dict[str, Any]]:
        headers = {**caller(), "Accept-Language": language}
        case = client.get(f"/api/routing/complaints/{NUMBER}", headers=headers).json
        return {each["name"]: each for each in case["clocks"]}

    answer, solve = (shown("en")[name] for name in ("answer", "solve"))
    assert answer["remaining_seconds"] == -(3600 + 60)
    assert (
        answer["explanation"] == "answer: was due 2026-11-23 11:59 after 24 h 0 min and is late by 1 h 1 min."
    )
    assert shown("zh")["answer"]["explanation"] == (
        "答复时限：时限24小时0分钟，应于 2026-11-23 11:59 前完成，已超时1小时1分钟。"
    )
    assert solve["calendar"].startswith("office@")
    assert solve["periods"] == [
        {"starts": "2026-11-23T00:30:00Z", "ends": "2026-11-23T04:00:00Z"},
    ]
    assert (solve["used_seconds"], solve["remaining_seconds"]) == (3.5 * 3600, 20.5 * 3600)


def test_the_list_of_orders_due_follows_the_clock_that_is_due_next(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller, steps: Steps
) -> None:
    tell(registered(NUMBER))

    def due_within(**time: float) -> int:
        until = (DEFAULT_START + timedelta(**time)).isoformat().replace("+00:00", "Z")
        listed = client.get(f"/api/routing/work-orders?due={until}", headers=caller())
        total: int = listed.json["total"]
        return total

    assert (due_within(hours=23), due_within(hours=25)) == (0, 1)

    steps("accept", "answer")

    assert (due_within(hours=25), due_within(days=4)) == (0, 1), "solved within three working days"
