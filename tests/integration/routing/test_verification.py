"""Verification: valid at once, invalid with the consent of a second person and an explanation (R47-R54)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.storage.tables import cases, clocks, work_orders
from tests.integration.routing.conftest import (
    PATHS,
    Caller,
    Published,
    Rows,
    SetPolicy,
    Tell,
    rated,
    registered,
)

NUMBER = "TS-20261122-AAAAAA"
CASE = f"/api/routing/complaints/{NUMBER}"
EXPLANATION = "该路段由市政部门管理，已代您反映至 12345，请留意回复。"
INVALID = {"verdict": "invalid", "reasons": ["not_our_duty"], "explanation": EXPLANATION}

#: Sends `(what, body, role, id)` about the case.
Act = Callable[..., Any]


@pytest.fixture
def act(client: FlaskClient, tell: Tell, staff: dict[str, str], caller: Caller) -> Act:
    """A case that is assigned, and a function that decides on it."""
    tell(registered(NUMBER))

    def send(what: str, body: dict[str, Any], role: str = "receiver", id: str = "receiver-1") -> Any:
        return client.post(f"{CASE}/{what}", json=body, headers=caller(role, id=id))

    return send


def test_a_valid_complaint_is_verified_at_once_and_goes_on(act: Act, told: Published) -> None:
    """R47, R48, R54: class A, the management's own fault."""
    answer = act("verification", {"verdict": "valid", "reasons": ["own_fault"], "note": "已现场核实"})

    assert answer.status_code == 200, answer.json
    assert (answer.json["verdict"], answer.json["verdict_reasons"]) == ("valid", ["own_fault"])
    assert answer.json["status"] == "assigned", "what is under way goes on where it is"
    assert answer.json["approvals"] == []
    [event] = told("complaint.verified")
    assert (event.data["verdict"], event.data["status"], event.data["by"]) == (
        "valid",
        "assigned",
        "receiver-1",
    )
    assert answer.json["timeline"][-1]["text"] == "已现场核实"


def test_a_complaint_nobody_has_yet_is_shown_as_verified(
    client: FlaskClient, tell: Tell, caller: Caller, told: Published
) -> None:
    tell(registered(NUMBER))

    body = {"verdict": "valid", "reasons": ["other_cause"]}
    answer = client.post(f"{CASE}/verification", json=body, headers=caller())

    assert answer.json["status"] == "verified"
    assert told("complaint.verified")[0].data["status"] == "verified"


def test_an_invalid_one_goes_on_until_a_second_person_consents(act: Act, rows: Rows, told: Published) -> None:
    """R51: who handles applies, another approves."""
    asked = act("verification", INVALID)

    assert (asked.status_code, asked.json["status"], asked.json["verdict"]) == (200, "assigned", None)
    [approval] = asked.json["approvals"]
    assert (approval["kind"], approval["status"]) == ("invalid", "requested")
    assert told("complaint.verified") == []

    granted = act("close-approval", {"decision": "grant"}, "head", "head-1")

    assert (granted.status_code, granted.json["status"]) == (200, "invalid")
    assert (granted.json["verdict"], granted.json["closed_as"]) == ("invalid", "invalid")
    assert all(clock["stopped_at"] for clock in rows(clocks))
    assert [order["status"] for order in rows(work_orders)] == ["cancelled"]


def test_the_complainant_gets_an_explanation_all_the_same(act: Act, told: Published) -> None:
    """R52: without it nothing is found invalid, with it the event tells it, numbers masked."""
    silent = act("verification", {**INVALID, "explanation": None})
    assert (silent.status_code, silent.json["errors"][0]["field"]) == (422, "explanation")

    act("verification", {**INVALID, "explanation": f"{EXPLANATION}电话 13800138000"})
    act("close-approval", {"decision": "grant", "reason": "情况属实"}, "director", "director-1")

    verified, closed = [event for event in told() if event.name != "clock.changed"][-2:]
    assert (verified.name, closed.name) == ("complaint.verified", "complaint.closed")
    assert verified.data["explanation"] == f"{EXPLANATION}电话 ***"
    assert (verified.data["by"], verified.data["approved_by"]) == ("receiver-1", "director-1")
    assert (verified.data["status"], closed.data["closed_as"]) == ("invalid", "invalid")


def test_refused_the_case_goes_on_and_may_be_asked_for_again(act: Act) -> None:
    act("verification", INVALID)

    silent = act("close-approval", {"decision": "refuse"}, "head", "head-1")
    refused = act("close-approval", {"decision": "refuse", "reason": "属于我方维修范围"}, "head", "head-1")

    assert silent.status_code == 422
    assert (refused.json["status"], refused.json["verdict"]) == ("assigned", None)
    assert [entry["entry"] for entry in refused.json["timeline"]][-2:] == [
        "approval_requested",
        "approval_refused",
    ]
    assert act("verification", INVALID).status_code == 200


def test_only_reasons_of_the_policy_are_taken_and_others_are_answered_with_them(act: Act) -> None:
    body = {"verdict": "invalid", "reasons": ["own_fault"], "explanation": EXPLANATION}

    answer = act("verification", body)

    assert answer.status_code == 422
    [error] = answer.json["errors"]
    assert error["field"] == "reasons"
    assert error["message"] == "没有该原因代码，可选：not_our_duty、beyond_our_power、other。"


def test_a_place_may_have_reasons_of_its_own(act: Act, set_policy: SetPolicy) -> None:
    building = {"zh": "开发商遗留问题", "en": "Left by the developer"}
    set_policy({"verification": {"valid": {"developer": building}}}, PATHS["cuihu"])

    answer = act("verification", {"verdict": "valid", "reasons": ["other_cause", "developer"]})

    assert answer.json["verdict_reasons"] == ["other_cause", "developer"]


def test_a_handler_verifies_what_he_has_and_nothing_else(act: Act, staff: dict[str, str], rows: Rows) -> None:
    [order] = rows(work_orders)
    body = {"verdict": "valid", "reasons": ["own_fault"]}

    other = act("verification", body, "handler", staff["cleaning-1"])
    own = act("verification", body, "handler", order["assignee"])

    assert (other.status_code, other.json["code"]) == (403, "step_not_yours")
    assert own.status_code == 200


def test_a_verdict_may_be_corrected_but_not_repeated(act: Act, told: Published) -> None:
    first = {"verdict": "valid", "reasons": ["own_fault"]}
    act("verification", first)

    again = act("verification", first)
    corrected = act("verification", {"verdict": "valid", "reasons": ["other_cause"]})

    assert (again.status_code, again.json["code"]) == (409, "verdict_unchanged")
    assert corrected.json["verdict_reasons"] == ["other_cause"]
    assert [event.data["reasons"] for event in told("complaint.verified")] == [["own_fault"], ["other_cause"]]


def test_an_invalid_case_may_be_reopened_and_is_not_invalid_any_more(
    act: Act, rows: Rows, tell: Tell
) -> None:
    act("verification", INVALID)
    act("close-approval", {"decision": "grant"}, "head", "head-1")
    tell(rated(NUMBER, "dissatisfied"))
    assert rows(cases)[0]["status"] == "invalid", "what was found invalid is reopened by a person only"

    reopened = act("reopen", {"reason": "业主补充了照片，确属我方责任"})

    assert (reopened.json["status"], reopened.json["round"]) == ("assigned", 2)
    assert reopened.json["verdict"] is None


def test_a_reopening_keeps_what_was_found_valid(act: Act) -> None:
    act("verification", {"verdict": "valid", "reasons": ["own_fault"]})
    act("close", {"reason": "与住户当面说清"}, "head", "head-1")
    act("close-approval", {"decision": "grant"}, "director", "director-1")

    assert act("reopen", {"reason": "误关"}).json["verdict"] == "valid"
