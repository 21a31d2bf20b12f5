"""Clocks stand still for reasons the policy has, for as long as it allows, and every change is on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.routing.storage.tables import clocks, timeline, work_orders
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, registered

NUMBER = "TS-20261122-AAAAAA"
HOUR = timedelta(hours=1)
#: Monday 08:30 in Shanghai, when the office opens after the start of the tests on Sunday.
OPENS = DEFAULT_START + timedelta(hours=20, minutes=30)
#: `pause` or `resume` of a clock with a body.
Do = Callable[..., Any]


@pytest.fixture
def do(tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller) -> Do:
    """A function that pauses or resumes a clock of a registered case."""
    tell(registered(NUMBER))

    def act(what: str, name: str = "solve", headers: dict[str, str] | None = None, **body: str) -> Any:
        url = f"/api/routing/complaints/{NUMBER}/clocks/{name}/{what}"
        return client.post(url, json=body, headers=headers or caller())

    return act


def due(rows: Rows, name: str = "solve") -> Any:
    (found,) = (each for each in rows(clocks) if each["name"] == name)
    return found["due_at"]


def test_a_pause_moves_the_due_time_by_the_working_time_it_took(
    do: Do, rows: Rows, clock: ManualClock, told: Published
) -> None:
    # Given a clock paused while the office works
    before = due(rows)
    clock.advance(seconds=(OPENS + HOUR - clock.now()).total_seconds())
    paused = do("pause", reason="waiting_for_parts", note="等厂家发货，电话13800001111")
    assert paused.status_code == 200
    (shown,) = (each for each in paused.json["clocks"] if each["name"] == "solve")
    assert shown["paused"]

    # When it goes on after lunch
    clock.advance(hours=5)
    resumed = do("resume")

    # Then lunch was no loss
    assert resumed.status_code == 200
    assert before == DEFAULT_START + timedelta(days=3, hours=6), "Wednesday 18:00"
    assert due(rows) == DEFAULT_START + timedelta(days=4), "Thursday 12:00"
    (shown,) = (each for each in resumed.json["clocks"] if each["name"] == "solve")
    assert not shown["paused"]
    assert shown["used_seconds"] == 3600
    assert shown["pauses"][0]["kept_seconds"] == 3.5 * 3600
    assert shown["explanation"].endswith("因“等待配件”暂停，不计时3小时30分钟。")
    assert "13800001111" not in shown["pauses"][0]["note"]
    changes = [(e.data["change"], e.data["reason"], e.data["due_at"]) for e in told("clock.changed")]
    assert [change for change, _, _ in changes] == ["paused", "resumed"]
    assert {reason for _, reason, _ in changes} == {"waiting_for_parts"}
    assert changes[-1][2] == due(rows)
    entries = [each["entry"] for each in rows(timeline)]
    assert entries[-2:] == ["clock_paused", "clock_resumed"]


def test_a_pause_nobody_ends_is_over_when_its_reason_has_no_time_left(
    do: Do, rows: Rows, clock: ManualClock, step_of: Callable[[str], Callable[[], bool]], told: Published
) -> None:
    # Given a clock that may stand still for 168 hours
    before = due(rows)
    clock.advance(seconds=(OPENS - clock.now()).total_seconds())
    do("pause", reason="third_party")
    assert due(rows) == before + 5 * 24 * HOUR + 2 * 24 * HOUR, "five working days and a weekend"

    # When nobody does anything
    clock.advance(seconds=(due(rows) - clock.now()).total_seconds() + 1)
    while step_of("routing.due-clocks")():
        pass

    # Then it is overdue, though never resumed
    assert "solve" in {event.data["clock"] for event in told("clock.breached")}
    again = do("pause", reason="third_party")
    assert (again.status_code, again.json["code"]) == (409, "clock_overdue")


def test_the_time_of_a_reason_is_used_up_by_all_pauses_together(
    do: Do, rows: Rows, clock: ManualClock
) -> None:
    # Given one that somebody ends, and one that is over by itself
    assert do("pause", reason="third_party").status_code == 200
    clock.advance(hours=84)
    assert do("resume").status_code == 200
    assert do("pause", reason="third_party").status_code == 200
    clock.advance(hours=84)

    used_up = do("pause", reason="third_party")

    assert (used_up.status_code, used_up.json["code"]) == (409, "clock_pause_used_up")
    assert "168" in used_up.json["detail"]
    assert do("pause", reason="weather").status_code == 200, "another reason has its own time"


@pytest.mark.parametrize(
    ("what", "name", "body", "status", "code"),
    [
        ("pause", "solve", {"reason": "no_mood"}, 422, None),
        ("pause", "answer", {"reason": "waiting_for_parts"}, 422, None),
        ("pause", "solve", {}, 422, None),
        ("resume", "solve", {}, 409, "clock_not_paused"),
        ("pause", "dispatch", {"reason": "waiting_for_parts"}, 409, "clock_not_running"),
        ("pause", "lunch", {"reason": "waiting_for_parts"}, 404, "clock_unknown"),
    ],
)
def test_what_cannot_be_paused_says_why(
    do: Do, what: str, name: str, body: dict[str, str], status: int, code: str | None
) -> None:
    refused = do(what, name, **body)

    assert refused.status_code == status
    if code:
        assert refused.json["code"] == code
    elif "reason" in body:
        assert "waiting_for_parts" in refused.text or "solve" in refused.text, "says what is possible"


def test_a_paused_clock_is_not_paused_again_and_nobody_pauses_his_own(do: Do, caller: Caller) -> None:
    do("pause", reason="weather")

    again = do("pause", reason="weather")
    assert (again.status_code, again.json["code"]) == (409, "clock_paused")
    assert do("pause", headers=caller("handler", id="worker"), reason="weather").status_code == 403
    elsewhere = caller("director", "linli/east/binjiang")
    assert do("pause", headers=elsewhere, reason="weather").status_code == 404


def test_the_work_order_is_due_when_its_clock_is(
    do: Do, rows: Rows, client: FlaskClient, caller: Caller
) -> None:
    (order,) = rows(work_orders)
    for name in ("accept", "answer"):
        client.post(f"/api/routing/work-orders/{order['id']}/{name}", json={"note": "x"}, headers=caller())

    do("pause", reason="waiting_for_parts")

    assert rows(work_orders)[0]["due_at"] == due(rows)
