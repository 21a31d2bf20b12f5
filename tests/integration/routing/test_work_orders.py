"""Steps of a work order over HTTP: their order, who may take them, and what they lead to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.testing.clock import ManualClock
from services.routing.storage.tables import cases, timeline, work_orders
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, registered

NUMBER = "TS-20261122-AAAAAA"
NOTE = {"note": "已联系维修单位,电话 13800001111。"}

Take = Callable[..., Any]


@pytest.fixture
def order(tell: Tell, staff: dict[str, str], rows: Rows) -> dict[str, Any]:
    """The work order of a complaint about a lift."""
    tell(registered(NUMBER))
    return dict(rows(work_orders)[0])


@pytest.fixture
def take(client: FlaskClient, order: dict[str, Any], caller: Caller) -> Take:
    """A function that takes a step, as the assignee unless headers are given."""

    def step(name: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> Any:
        mine = headers or caller("handler", id=order["assignee"])
        needs_note = name in ("answer", "resolve")
        body = body if body is not None else (NOTE if needs_note else {})
        return client.post(f"/api/routing/work-orders/{order['id']}/{name}", json=body, headers=mine)

    return step


def test_a_work_order_goes_its_way_to_the_resolved_complaint(
    take: Take, caller: Caller, told: Published, rows: Rows, order: dict[str, Any]
) -> None:
    for name in ("accept", "answer", "arrive", "progress", "progress", "resolve"):
        assert take(name).status_code == 200, name
    signed = take("sign-off", headers=caller("head", id="head-1"))

    assert signed.status_code == 200
    assert (signed.json["status"], signed.json["allowed"]) == ("signed_off", [])
    steps = [event.name for event in told() if event.name != "clock.changed"]
    assert steps[-8:] == [
        "workorder.accepted",
        "complaint.answered",
        "workorder.arrived",
        "workorder.progressed",
        "workorder.progressed",
        "workorder.resolved",
        "workorder.signed_off",
        "complaint.resolved",
    ]
    assert "13800001111" not in told("complaint.answered")[0].data["text"]
    assert rows(cases)[0]["status"] == "resolved"
    assert rows(timeline)[-1]["entry"] == "resolved"


def test_who_resolves_it_may_say_what_was_at_the_root_of_it(
    take: Take, caller: Caller, told: Published
) -> None:
    """R191: the cause travels with the resolution."""
    take("accept")
    take("answer")
    unknown = take("resolve", {**NOTE, "cause": "bad luck"})
    resolved = take("resolve", {**NOTE, "cause": "design_fault"})
    take("sign-off", headers=caller("head", id="head-1"))

    assert [error["field"] for error in unknown.json["errors"]] == ["cause"]
    assert resolved.json["cause"] == "design_fault"
    assert told("complaint.resolved")[0].data["cause"] == "design_fault"


def test_a_step_out_of_turn_says_what_is_allowed(take: Take) -> None:
    refused = take("resolve")

    assert refused.status_code == 409
    assert "接单、转派" in refused.json["detail"]


def test_nothing_is_signed_off_before_the_complainant_was_answered(take: Take, caller: Caller) -> None:
    take("accept")
    take("resolve")

    assert take("sign-off", headers=caller("head", id="head-1")).status_code == 409
    assert take("answer").status_code == 200
    assert take("sign-off", headers=caller("head", id="head-1")).status_code == 200


def test_a_repeated_click_is_a_conflict_and_with_its_key_the_same_answer(take: Take, caller: Caller) -> None:
    headers = caller("director")

    first = take("accept", headers=headers)
    again = take("accept", headers=headers)
    other = take("accept", headers=caller("director"))

    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 409


def test_steps_need_no_key(take: Take, caller: Caller) -> None:
    headers = caller("director")
    del headers["Idempotency-Key"]

    assert take("accept", headers=headers).status_code == 200


def test_two_clicks_at_the_same_moment_take_one_step(take: Take, caller: Caller, told: Published) -> None:
    together = threading.Barrier(2)
    answers: list[int] = []

    def click(headers: dict[str, str]) -> None:
        together.wait()
        answers.append(take("accept", headers=headers).status_code)

    threads = [threading.Thread(target=click, args=(caller("director"),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 409]
    assert len(told("workorder.accepted")) == 1


def test_the_assignee_takes_the_steps_or_who_leads(take: Take, caller: Caller) -> None:
    for role in ("handler", "receiver", "auditor", "operator", "centre", "group"):
        assert take("accept", headers=caller(role, id="somebody-else")).status_code == 403, role
    assert take("accept", headers=caller("head", id="head-1")).status_code == 200
    assert take("arrive", headers=caller("director", id="director-1")).status_code == 200


def test_a_head_of_another_department_does_not_lead_it(
    take: Take, caller: Caller, client: FlaskClient
) -> None:
    body = {
        "username": "head.security",
        "name": "安保主管",
        "role": "head",
        "path": "linli/east/cuihu",
        "department": "security",
    }
    head = client.post("/api/routing/staff", json=body, headers=caller("director")).json

    assert take("accept", headers=caller("head", id=head["id"])).status_code == 403


def test_a_foreign_order_is_like_none(
    client: FlaskClient, take: Take, caller: Caller, order: dict[str, Any]
) -> None:
    unknown = "/api/routing/work-orders/00000000-0000-7000-8000-000000000000"
    for role in ("handler", "head", "director"):
        abroad = caller(role, path="linli/east/binjiang", id=order["assignee"])

        foreign = take("accept", headers=abroad)
        none = client.post(f"{unknown}/accept", json={}, headers=caller(role))

        assert foreign.status_code == none.status_code == 404
        assert foreign.json["code"] == none.json["code"]
        shown = client.get(f"/api/routing/work-orders/{order['id']}", headers=abroad)
        assert shown.status_code == 404


def test_nobody_signs_off_his_own_work(take: Take, caller: Caller) -> None:
    for name in ("accept", "answer", "resolve"):
        take(name, headers=caller("director", id="director-1"))

    assert take("sign-off").status_code == 403
    assert take("sign-off", headers=caller("director", id="director-1")).status_code == 403
    assert take("sign-off", headers=caller("head", id="head-1")).status_code == 200


def test_a_transfer_brings_another_person_to_it(
    take: Take, staff: dict[str, str], told: Published, rows: Rows, order: dict[str, Any]
) -> None:
    (other,) = {staff["engineering-1"], staff["engineering-2"]} - {order["assignee"]}
    take("accept")

    moved = take("transfer", {"reason": "今天休息", "assignee": other})

    assert (moved.json["assignee"], moved.json["status"]) == (other, "assigned")
    assert [event.name for event in told()][-2:] == ["workorder.transferred", "workorder.assigned"]
    assert take("accept").status_code == 403, "it is no longer his"


def test_a_transfer_to_a_department_gives_it_to_who_has_least_to_do(
    take: Take, staff: dict[str, str]
) -> None:
    moved = take("transfer", {"reason": "应由安保处理", "department": "security"})

    assert moved.json["department"] == "security"
    assert moved.json["assignee"] in {staff["security-1"], staff["security-2"]}


def test_a_transfer_to_nowhere_is_refused(take: Take) -> None:
    for body in (
        {"reason": "x", "department": "kitchen"},
        {"reason": "x", "assignee": "00000000-0000-7000-8000-000000000000"},
        {"reason": " "},
        {},
    ):
        assert take("transfer", body).status_code == 422, body


def test_orders_are_listed_by_subtree_and_filter(
    client: FlaskClient, tell: Tell, caller: Caller, order: dict[str, Any], clock: ManualClock
) -> None:
    tell(registered("TS-20261122-BBBBBB", estate="binjiang"))

    def listed(query: str = "", **who: str) -> list[str]:
        answer = client.get(f"/api/routing/work-orders{query}", headers=caller(**who))
        assert answer.status_code == 200, answer.json
        return [item["number"] for item in answer.json["items"]]

    assert len(listed(path="linli")) == 2
    assert listed() == [NUMBER]
    assert listed("?estate=binjiang") == []
    assert listed("?status=open", path="linli") == ["TS-20261122-BBBBBB"]
    assert listed(f"?assignee={order['assignee']}", path="linli") == [NUMBER]
    assert listed("?due=2026-11-22T00:00:00Z", path="linli") == []
    assert len(listed("?due=2026-12-01T00:00:00Z&sort=-due_at", path="linli")) == 2
