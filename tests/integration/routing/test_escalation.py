"""Levels of escalation: the right people, each level once, coalesced after a standstill; and cases taken upwards."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.platform import Platform
from services.chassis.testing.clock import ManualClock
from services.routing.app import rules_of
from services.routing.settings import RoutingSettings
from services.routing.storage.tables import clocks, escalations, observers, timeline, work_orders
from services.routing.usecases.escalation.levels import escalate_due
from services.routing.usecases.staff import COMMAND_LINE, appoint
from tests.integration.routing.conftest import (
    Caller,
    Published,
    Rows,
    SetPolicy,
    Tell,
    person,
    registered,
    withdrawn,
)

NUMBER = "TS-20261122-AAAAAA"
StepOf = Callable[[str], Callable[[], bool]]


@pytest.fixture
def leaders(database: Database) -> dict[str, str]:
    """Ids by username of those who lead: head of engineering, director, centre, group."""
    wanted = [
        person("head", "engineering", role="head", shifts=()),
        person("director", None, role="director", shifts=()),
        person("centre", None, role="centre", path="linli", shifts=()),
        person("group", None, role="group", path="linli", shifts=()),
    ]
    with database.begin() as work:
        return {each.username: appoint(work, COMMAND_LINE, each, "zh") for each in wanted}


@pytest.fixture
def escalate(step_of: StepOf) -> Callable[[], None]:
    """A function that takes every level that is due."""

    def all_due() -> None:
        while step_of("routing.escalate")():
            pass

    return all_due


def notices(told: Published) -> list[tuple[str, int, str, list[str]]]:
    """Cause, level, clock and receivers of what was told, in order."""
    return [
        (e.data["cause"], e.data["level"], e.data["clock"], e.data["receivers"])
        for e in told("complaint.escalated")
    ]


def test_levels_reach_the_handler_his_head_the_director_and_the_centre_one_after_the_other(
    tell: Tell,
    staff: dict[str, str],
    leaders: dict[str, str],
    clock: ManualClock,
    escalate: Callable[[], None],
    told: Published,
    rows: Rows,
) -> None:
    # Given a case nobody answers
    tell(registered(NUMBER))
    handler = rows(work_orders)[0]["assignee"]

    # When the hours pass
    seen = []
    for hours in (19, 1, 4, 4, 20):
        clock.advance(hours=hours)
        escalate()
        answered = [each for each in notices(told) if each[2] == "answer"]
        seen.append(answered[-1] if answered else None)

    # Then
    assert seen == [
        None,
        ("warning", 1, "answer", [handler]),
        ("overdue", 2, "answer", [handler, leaders["head"]]),
        ("overdue", 3, "answer", [leaders["director"]]),
        ("overdue", 4, "answer", [leaders["centre"]]),
    ]
    assert {each["staff_id"] for each in rows(observers)} == {leaders["director"], leaders["centre"]}
    assert "escalated" in {each["entry"] for each in rows(timeline)}


def test_a_case_nobody_took_is_escalated_to_whoever_leads(
    tell: Tell, leaders: dict[str, str], clock: ManualClock, escalate: Callable[[], None], told: Published
) -> None:
    """Undispatched cases are included (R85)."""
    tell(registered(NUMBER))
    clock.advance(minutes=11)

    escalate()

    assert notices(told) == [("overdue", 1, "dispatch", [leaders["head"]])]


def test_after_a_standstill_each_case_and_level_is_told_once_with_the_true_time(
    tell: Tell,
    staff: dict[str, str],
    leaders: dict[str, str],
    clock: ManualClock,
    escalate: Callable[[], None],
    told: Published,
    rows: Rows,
) -> None:
    # Given answer and follow-up that ran out on the same day, and nobody looked for three
    tell(registered(NUMBER))
    due = {each["name"]: each["due_at"] for each in rows(clocks)}
    clock.advance(days=4)

    # When somebody looks
    escalate()

    # Then every level is on record with the time it was due, and nothing was told twice
    levels = {(each["clock"], each["level"]): each for each in rows(escalations)}
    assert levels["answer", 2]["due_at"] == due["answer"]
    assert levels["follow_up", 1]["due_at"] == due["follow_up"]
    assert levels["answer", 4]["due_at"] == due["answer"] + timedelta(hours=24)
    told_of = Counter(level for _, level, _, _ in notices(told))
    assert set(told_of.values()) == {1}, "one notice for each level"
    assert told_of.keys() == {level for _, level in levels}
    # A warning is no longer worth a message: what it warned of is told by the level behind it.
    assert levels["answer", 1]["receivers"] == []
    escalate()
    assert len(rows(escalations)) == len(levels)


def test_two_workers_take_each_level_once(
    tell: Tell,
    staff: dict[str, str],
    leaders: dict[str, str],
    clock: ManualClock,
    database: Database,
    platform: Platform,
    settings: RoutingSettings,
    told: Published,
    rows: Rows,
) -> None:
    tell(*(registered(f"TS-20261122-{i:06d}") for i in range(30)))
    clock.advance(days=4)
    together = threading.Barrier(2)
    rules = rules_of(platform, settings)

    def work_through() -> None:
        together.wait()
        while True:
            with database.begin() as work:
                if not escalate_due(work, rules, limit=7):
                    return

    workers = [threading.Thread(target=work_through) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with database.begin() as work:
        while escalate_due(work, rules):
            pass

    keys = [(event.subject, event.data["level"]) for event in told("complaint.escalated")]
    assert len(keys) == len(set(keys))
    assert set(keys) == {(each["number"], each["level"]) for each in rows(escalations)}


def test_what_is_over_in_time_is_never_escalated_and_history_never_at_all(
    tell: Tell, staff: dict[str, str], clock: ManualClock, escalate: Callable[[], None], told: Published
) -> None:
    tell(registered(NUMBER), withdrawn(NUMBER), registered("TS-20261122-BBBBBB", mode="historical"))
    clock.advance(days=30)

    escalate()

    assert notices(told) == []


def test_a_level_may_give_the_work_order_to_its_receiver(
    tell: Tell,
    staff: dict[str, str],
    leaders: dict[str, str],
    clock: ManualClock,
    escalate: Callable[[], None],
    told: Published,
    rows: Rows,
    set_policy: SetPolicy,
) -> None:
    # Given a place where what is overdue goes to the head
    level = {"offset": "0m", "receivers": ["head"], "action": "reassign"}
    set_policy({"escalation": {"answer": {"levels": [level]}}}, "linli/east")
    tell(registered(NUMBER))

    # When
    clock.advance(hours=24)
    escalate()

    # Then
    (order,) = rows(work_orders)
    assert (order["assignee"], order["status"]) == (leaders["head"], "assigned")
    assert [event.data["assignee"] for event in told("workorder.assigned")][-1] == leaders["head"]
    assert told("complaint.escalated")[0].data["action"] == "reassign"


def take_up(client: FlaskClient, headers: dict[str, str], **body: str) -> Any:
    return client.post(f"/api/routing/complaints/{NUMBER}/escalate", json=body, headers=headers)


def test_a_director_takes_what_is_beyond_his_authority_to_the_company_centre(
    tell: Tell,
    staff: dict[str, str],
    leaders: dict[str, str],
    client: FlaskClient,
    caller: Caller,
    told: Published,
) -> None:
    """R104."""
    tell(registered(NUMBER))

    done = take_up(client, caller(id=leaders["director"]), reason="涉及赔偿，联系13800001111")

    assert done.status_code == 200
    assert done.json["observers"] == [leaders["centre"]]
    (event,) = told("complaint.escalated")
    assert (event.data["cause"], event.data["level"], event.data["receivers"]) == (
        "person",
        0,
        [leaders["centre"]],
    )
    assert "13800001111" not in event.data["reason"]
    assert done.json["timeline"][-1]["by"] == leaders["director"]
    assert take_up(client, caller(id=leaders["director"]), reason="x", to="group").json["observers"][-1] in {
        leaders["group"]
    }


def test_a_case_goes_upwards_only_and_not_after_its_end(
    tell: Tell, staff: dict[str, str], leaders: dict[str, str], client: FlaskClient, caller: Caller
) -> None:
    tell(registered(NUMBER))

    assert take_up(client, caller(), reason="x", to="head").status_code == 422
    assert take_up(client, caller("auditor", "linli"), reason="x").status_code == 403
    assert take_up(client, caller("director", "linli/east/binjiang"), reason="x").status_code == 404
    assert take_up(client, caller("head", id="h"), reason="x").json["observers"] == [leaders["director"]]

    tell(withdrawn(NUMBER))
    ended = take_up(client, caller(), reason="x")
    assert (ended.status_code, ended.json["code"]) == (409, "case_already_ended")


def test_where_nobody_is_above_it_says_so(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller
) -> None:
    tell(registered(NUMBER))

    refused = take_up(client, caller(), reason="x")

    assert (refused.status_code, refused.json["code"]) == (409, "escalation_reaches_nobody")
