"""Who answers for a case is named, and of what is grave or urgent he is told at once (R93, R94, R98)."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.routing.storage.tables import timeline
from services.routing.usecases.staff import COMMAND_LINE, appoint
from tests.integration.routing.conftest import (
    PATHS,
    Caller,
    Published,
    Rows,
    SetPolicy,
    Tell,
    person,
    registered,
)

NUMBER = "TS-20261122-AAAAAA"
CASE = f"/api/routing/complaints/{NUMBER}"


@pytest.fixture
def leaders(database: Database, tell: Tell) -> dict[str, str]:
    """A head of the engineers, and directors of the estate, of its region and of another estate."""
    wanted = {
        "head": person("head", "engineering", role="head"),
        "director": person("director", None, role="director"),
        "region": person("region", None, role="director", path="linli/east"),
        "elsewhere": person("elsewhere", None, role="director", path=PATHS["binjiang"]),
    }
    with database.begin() as work:
        return {name: appoint(work, COMMAND_LINE, each, "zh") for name, each in wanted.items()}


def shown(client: FlaskClient, caller: Caller) -> Any:
    return client.get(CASE, headers=caller()).json


def test_r94_for_a_minor_case_the_head_answers_and_nobody_is_disturbed(
    tell: Tell, leaders: dict[str, str], client: FlaskClient, caller: Caller, told: Published
) -> None:
    tell(registered(NUMBER, text="3 栋电梯按钮灯不亮。"))

    case = shown(client, caller)
    assert (case["severity"], case["urgency"]) == ("minor", "normal")
    assert case["responsible"] == {"role": "head", "staff_id": leaders["head"]}
    assert told("complaint.escalated") == []


def test_r93_of_an_important_case_the_nearest_director_is_told_once_and_looks_on(
    tell: Tell, leaders: dict[str, str], client: FlaskClient, caller: Caller, told: Published, rows: Rows
) -> None:
    tell(registered(NUMBER, channel="letter"))

    # Told with the event of the registration as its cause, and on record
    case = shown(client, caller)
    assert case["responsible"] == {"role": "director", "staff_id": leaders["director"]}
    [event] = told("complaint.escalated")
    assert (event.data["cause"], event.data["receivers"]) == ("responsible", [leaders["director"]])
    assert case["observers"] == [leaders["director"]]
    assert [row["details"] for row in rows(timeline) if row["entry"] == "responsible"] == [
        {"role": "director", "to": leaders["director"]}
    ]

    # Graver still, he knows it already
    facts = {"facts": [{"name": "media"}], "reason": "记者来电"}
    assert client.post(f"{CASE}/facts", json=facts, headers=caller()).status_code == 200
    assert shown(client, caller)["severity"] == "major"
    assert len(told("complaint.escalated")) == 1


def test_what_becomes_grave_later_is_told_then(
    tell: Tell, leaders: dict[str, str], client: FlaskClient, caller: Caller, told: Published
) -> None:
    tell(registered(NUMBER, text="3 栋电梯按钮灯不亮。"))

    wanted = {"severity": "major", "reason": "涉及人身伤害"}
    client.post(f"{CASE}/classification", json=wanted, headers=caller())

    assert [event.data["receivers"] for event in told("complaint.escalated")] == [[leaders["director"]]]


def test_r98_of_an_urgent_case_who_answers_for_it_is_told(
    tell: Tell, leaders: dict[str, str], told: Published
) -> None:
    tell(registered(NUMBER, text="电梯困人，有人被困在电梯里！"))

    assert [event.data["receivers"] for event in told("complaint.escalated")] == [[leaders["head"]]]


def test_the_policy_of_the_place_says_who_answers(
    tell: Tell, leaders: dict[str, str], client: FlaskClient, caller: Caller, set_policy: SetPolicy
) -> None:
    set_policy({"roles": {"responsible": {"minor": "director"}}}, PATHS["cuihu"])

    tell(registered(NUMBER, text="3 栋电梯按钮灯不亮。"))

    assert shown(client, caller)["responsible"]["staff_id"] == leaders["director"]


def test_where_nobody_has_the_role_the_case_says_so_and_the_past_disturbs_nobody(
    tell: Tell, client: FlaskClient, caller: Caller, told: Published
) -> None:
    tell(registered(NUMBER, channel="letter"))

    assert shown(client, caller)["responsible"] == {"role": "director", "staff_id": None}
    assert told("complaint.escalated") == []
