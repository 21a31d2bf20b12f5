"""On money and planning nobody answers without his superior's consent (R103)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.storage.tables import approvals, cases, timeline, work_orders
from tests.integration.routing.conftest import (
    PATHS,
    Caller,
    Published,
    Rows,
    SetPolicy,
    Tell,
    registered,
    withdrawn,
)

NUMBER = "TS-20261122-AAAAAA"
CASE = f"/api/routing/complaints/{NUMBER}"
WORDS = {"note": "物业费按合同标准收取，多收的 320 元下月抵扣，电话 13800001111。"}

#: Sends something about the order, as who has it unless headers are given.
Send = Callable[..., Any]


@pytest.fixture
def order(tell: Tell, staff: dict[str, str], rows: Rows) -> dict[str, Any]:
    """The work order of a complaint about the fee, at the finance department."""
    tell(registered(NUMBER, text="物业费乱收费，收费标准不透明。"))
    assert rows(cases)[0]["category"] == "fees.standard"
    return dict(rows(work_orders)[0])


@pytest.fixture
def send(client: FlaskClient, caller: Caller, order: dict[str, Any]) -> Send:
    """A function `(what, body, headers)` for the accepted order."""

    def post(what: str, body: Any = WORDS, headers: dict[str, str] | None = None) -> Any:
        mine = headers or caller("handler", id=order["assignee"])
        return client.post(f"/api/routing/work-orders/{order['id']}/{what}", json=body, headers=mine)

    assert post("accept", {}).status_code == 200
    return post


def test_the_consent_sends_the_answer_with_the_words_that_were_shown(
    send: Send, client: FlaskClient, caller: Caller, order: dict[str, Any], told: Published, rows: Rows
) -> None:
    # Given a handler who is told that he has to ask
    refused = send("answer")
    assert (refused.status_code, refused.json["code"]) == (409, "answer_needs_consent")
    assert "answer-consent" in refused.json["detail"]

    # When he asks, the complainant hears nothing yet
    asked = send("answer-consent")
    assert (asked.status_code, asked.json["kind"], asked.json["status"]) == (201, "answer", "requested")
    assert "13800001111" not in asked.json["reason"]
    assert told("complaint.answered") == []

    # Then the consent answers him, in the name of who wrote it
    granted = client.post(
        f"/api/routing/approvals/{asked.json['id']}/grant", json={}, headers=caller("head", id="head-1")
    )
    assert granted.status_code == 200, granted.text
    [answered] = told("complaint.answered")
    assert (answered.data["by"], answered.data["text"]) == (order["assignee"], asked.json["reason"])
    assert rows(work_orders)[0]["answered_at"] is not None
    assert [row["entry"] for row in rows(timeline)][-3:] == [
        "approval_requested",
        "approval_granted",
        "answered",
    ]


def test_a_refusal_is_told_and_another_wording_may_be_asked_for(
    send: Send, client: FlaskClient, caller: Caller, told: Published
) -> None:
    asked = send("answer-consent").json
    assert send("answer-consent").json["code"] == "approval_open"

    refused = client.post(
        f"/api/routing/approvals/{asked['id']}/refuse",
        json={"reason": "不可承诺抵扣"},
        headers=caller("head"),
    )

    assert refused.json["status"] == "refused"
    assert send("answer-consent", {"note": "我们将核对账目。"}).status_code == 201
    assert told("complaint.answered") == []


def test_a_superior_answers_by_himself(send: Send, caller: Caller, told: Published) -> None:
    director = caller("director")

    asked = send("answer-consent", headers=director)
    answered = send("answer", headers=caller("director"))

    assert (asked.status_code, asked.json["code"]) == (409, "answer_needs_no_consent")
    assert answered.status_code == 200
    assert len(told("complaint.answered")) == 1


def test_nobody_consents_to_his_own_words_and_no_handler_to_anothers(
    send: Send, client: FlaskClient, caller: Caller, order: dict[str, Any]
) -> None:
    grant = f"/api/routing/approvals/{send('answer-consent').json['id']}/grant"

    himself = client.post(grant, json={}, headers=caller("head", id=order["assignee"]))
    colleague = client.post(grant, json={}, headers=caller("handler", id="other"))

    assert (himself.status_code, himself.json["code"]) == (403, "approval_own_request")
    assert colleague.status_code == 403


def test_who_answered_meanwhile_is_not_answered_over_again(
    send: Send, client: FlaskClient, caller: Caller, told: Published, rows: Rows
) -> None:
    asked = send("answer-consent").json
    assert send("answer", headers=caller("director")).status_code == 200

    late = client.post(f"/api/routing/approvals/{asked['id']}/grant", json={}, headers=caller("head"))

    assert (late.status_code, late.json["code"]) == (409, "step_not_allowed")
    assert len(told("complaint.answered")) == 1
    assert rows(approvals)[0]["status"] == "requested"


def test_the_end_of_the_case_makes_the_request_void(send: Send, tell: Tell, rows: Rows) -> None:
    send("answer-consent")

    tell(withdrawn(NUMBER))

    assert rows(approvals)[0]["status"] == "withdrawn"


def test_the_policy_of_the_place_says_which_matters_these_are(
    send: Send, set_policy: SetPolicy, told: Published
) -> None:
    set_policy({"handling": {"consent_before_answer": []}}, PATHS["cuihu"])

    assert send("answer").status_code == 200
    assert len(told("complaint.answered")) == 1


def test_the_same_key_asks_once(send: Send, caller: Caller, order: dict[str, Any], rows: Rows) -> None:
    headers = caller("handler", id=order["assignee"])

    first, second = send("answer-consent", headers=headers), send("answer-consent", headers=headers)

    assert first.json == second.json
    assert len(rows(approvals)) == 1
