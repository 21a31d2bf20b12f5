"""What is found out stays among colleagues; a proposal has result, time and commitment, and is agreed (R108-R113)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.testing.clock import DEFAULT_START
from services.routing.storage.tables import proposals, timeline, work_orders
from tests.integration.routing.conftest import PATHS, Caller, Published, Rows, Tell, registered

NUMBER = "TS-20261122-AAAAAA"
CASE = f"/api/routing/complaints/{NUMBER}"
DONE_BY = DEFAULT_START + timedelta(days=2)
OFFER = {
    "result": "更换门机，联系电话 13800001111。",
    "done_by": DONE_BY.isoformat(),
    "commitment": "质保一年。",
}

#: Sends something about the order, as who has it unless headers are given.
Send = Callable[..., Any]


@pytest.fixture
def begin(tell: Tell, staff: dict[str, str], rows: Rows, client: FlaskClient, caller: Caller) -> Any:
    """A function that registers a complaint and gives what sends to its accepted order."""

    def of(text: str = "3 栋电梯坏了两天,没有人修。") -> Send:
        tell(registered(NUMBER, text=text))
        order = rows(work_orders)[0]

        def post(what: str, body: Any, headers: dict[str, str] | None = None) -> Any:
            mine = headers or caller("handler", id=order["assignee"])
            return client.post(f"/api/routing/work-orders/{order['id']}/{what}", json=body, headers=mine)

        assert post("accept", {}).status_code == 200
        return post

    return of


@pytest.fixture
def send(begin: Any) -> Send:
    """What sends to the accepted order of a complaint about a lift."""
    sending: Send = begin()
    return sending


@pytest.mark.parametrize("kind", ["investigation", "witness", "site_visit", "mediation"])
def test_findings_are_kept_in_the_name_of_who_found_them_and_told_to_nobody_outside(
    send: Send, told: Published, rows: Rows, kind: str
) -> None:
    before = len(told())

    noted = send("findings", {"kind": kind, "text": "1-2-302 住户证实，电话 13800001111。"})

    assert noted.status_code == 201, noted.text
    last = rows(timeline)[-1]
    assert (last["entry"], last["details"], last["by"]) == (
        "found",
        {"kind": kind},
        rows(work_orders)[0]["assignee"],
    )
    assert last["text"] == "1-2-302 住户证实，电话 ***。"
    assert len(told()) == before


def test_a_proposal_is_shown_to_the_complainant_and_agreed_with_him(
    send: Send, client: FlaskClient, caller: Caller, told: Published
) -> None:
    # When who handles it proposes
    offered = send("proposal", OFFER)

    # Then result, time and commitment travel, without anybody's number
    assert (offered.status_code, offered.json["status"]) == (201, "proposed")
    [event] = told("complaint.proposed")
    assert {name: event.data[name] for name in ("status", "result", "done_by", "commitment", "zone")} == {
        "status": "proposed",
        "result": "更换门机，联系电话 ***。",
        "done_by": DONE_BY,
        "commitment": "质保一年。",
        "zone": "Asia/Shanghai",
    }

    # When the complainant agrees on the telephone
    agreed = send("proposal/agreement", {"agreed": True, "way": "phone", "note": "周末也可以"})

    # Then it is on record, and nothing waits for an answer any more
    assert (agreed.status_code, agreed.json["status"], agreed.json["way"]) == (200, "agreed", "phone")
    assert [each.data["status"] for each in told("complaint.proposed")] == ["proposed", "agreed"]
    again = send("proposal/agreement", {"agreed": False, "way": "phone"})
    assert (again.status_code, again.json["code"]) == (409, "proposal_none_open")
    shown = client.get(CASE, headers=caller()).json
    assert [each["status"] for each in shown["proposals"]] == ["agreed"]
    assert [entry["entry"] for entry in shown["timeline"]][-2:] == ["proposed", "proposal_agreed"]


def test_after_a_refusal_another_is_made_and_a_newer_one_replaces_what_was_not_answered(
    send: Send, rows: Rows
) -> None:
    send("proposal", OFFER)
    send("proposal/agreement", {"agreed": False, "way": "in_person"})
    send("proposal", OFFER)
    send("proposal", {**OFFER, "commitment": "质保两年。"})

    assert [row["status"] for row in rows(proposals)] == ["declined", "replaced", "proposed"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"done_by": DEFAULT_START.isoformat()}, "done_by"),
        ({"done_by": "morgen"}, "done_by"),
        ({"result": " "}, "result"),
        ({"commitment": None}, "commitment"),
    ],
)
def test_a_proposal_lacks_nothing(send: Send, wrong: dict[str, Any], field: str) -> None:
    answer = send("proposal", {**OFFER, **wrong})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_on_money_nothing_is_proposed_before_a_superior_consented_to_an_answer(
    begin: Any, client: FlaskClient, caller: Caller
) -> None:
    """R103."""
    send = begin("物业费乱收费，收费标准不透明。")
    early = send("proposal", OFFER)
    asked = send("answer-consent", {"note": "我们将核对账目。"}).json
    client.post(f"/api/routing/approvals/{asked['id']}/grant", json={}, headers=caller("head", id="h"))

    late = send("proposal", OFFER)

    assert (early.status_code, early.json["code"]) == (409, "answer_needs_consent")
    assert late.status_code == 201


def test_others_and_other_estates_are_refused(send: Send, caller: Caller) -> None:
    for what, body in (
        ("findings", {"kind": "witness", "text": "x"}),
        ("proposal", OFFER),
        ("proposal/agreement", {"agreed": True, "way": "phone"}),
    ):
        assert send(what, body, caller("handler", id="stranger")).status_code == 403
        assert send(what, body, caller("director", path=PATHS["binjiang"])).status_code == 404
