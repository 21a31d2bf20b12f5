"""Consent of a second person over HTTP: asked for, decided once, taken back, listed within a subtree (R51)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.routing.app import web
from services.routing.passwords import Passwords
from services.routing.settings import RoutingSettings
from services.routing.storage.tables import approvals, cases
from tests.integration.routing.conftest import (
    PATHS,
    Caller,
    Published,
    Rows,
    SetPolicy,
    Tell,
    called_back,
    registered,
    withdrawn,
)

NUMBER = "TS-20261122-AAAAAA"
CASE = f"/api/routing/complaints/{NUMBER}"
APPROVALS = "/api/routing/approvals"

#: Asks for the abnormal closing of the case; returns the id of the request.
Ask = Callable[..., str]


@pytest.fixture
def ask(client: FlaskClient, tell: Tell, staff: dict[str, str], caller: Caller) -> Ask:
    """A case, and a function by which a head asks to close it."""
    tell(registered(NUMBER))

    def send(reason: str = "住户已搬离，无法继续处理", id: str = "head-1") -> str:
        answer = client.post(f"{CASE}/close", json={"reason": reason}, headers=caller("head", id=id))
        assert answer.status_code == 200, answer.json
        return str(answer.json["approvals"][-1]["id"])

    return send


def test_closing_before_the_regular_end_waits_for_a_second_person(
    ask: Ask, client: FlaskClient, caller: Caller, rows: Rows, told: Published
) -> None:
    id_ = ask()
    shown = client.get(f"{APPROVALS}/{id_}", headers=caller()).json

    assert (shown["kind"], shown["status"], shown["requested_by"]) == (
        "abnormal_close",
        "requested",
        "head-1",
    )
    assert shown["details"]["missing"] == ["sign_off", "return_visit", "satisfaction"]
    assert rows(cases)[0]["status"] == "assigned"

    granted = client.post(f"{APPROVALS}/{id_}/grant", json={}, headers=caller("director", id="director-1"))

    assert (granted.status_code, granted.json["status"]) == (200, "granted")
    assert (rows(cases)[0]["status"], rows(cases)[0]["closed_as"]) == ("closed", "by_staff")
    [closed] = told("complaint.closed")
    assert (closed.data["by"], closed.data["reason"]) == ("head-1", "住户已搬离，无法继续处理")


def test_nobody_decides_his_own_request_whatever_way_he_takes(
    ask: Ask, client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    id_ = ask(id="director-1")
    himself = caller("director", id="director-1")

    for path, body in (
        (f"{APPROVALS}/{id_}/grant", {}),
        (f"{APPROVALS}/{id_}/refuse", {"reason": "x"}),
        (f"{CASE}/close-approval", {"decision": "grant"}),
    ):
        answer = client.post(path, json=body, headers=himself)
        assert (answer.status_code, answer.json["code"]) == (403, "approval_own_request")
    assert rows(cases)[0]["status"] == "assigned"


def test_a_second_click_is_told_who_asked_and_when(ask: Ask, client: FlaskClient, caller: Caller) -> None:
    ask()

    again = client.post(f"{CASE}/close", json={"reason": "再次"}, headers=caller("director", id="d"))
    invalid = {"verdict": "invalid", "reasons": ["other"], "explanation": "说明"}
    other = client.post(f"{CASE}/verification", json=invalid, headers=caller("director", id="d"))

    for answer in (again, other):
        assert (answer.status_code, answer.json["code"]) == (409, "approval_open")
        assert "head-1" in answer.json["detail"]
        assert "非正常关闭" in answer.json["detail"]


def test_the_same_key_again_gets_the_same_answer(
    ask: Ask, client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    ask()
    headers = caller("director", id="director-1")

    answers = [
        client.post(f"{CASE}/close-approval", json={"decision": "grant"}, headers=headers) for _ in "ab"
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert [row["status"] for row in rows(approvals)] == ["granted"]


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told_who(
    ask: Ask, platform: Any, settings: RoutingSettings, passwords: Passwords, caller: Caller, rows: Rows
) -> None:
    id_ = ask()
    app = web(platform, settings, passwords)
    answers: list[Any] = []
    together = threading.Barrier(2)

    def decide(what: str, body: dict[str, str], id: str) -> None:
        together.wait()
        headers = caller("director", id=id)
        answers.append(app.test_client().post(f"{APPROVALS}/{id_}/{what}", json=body, headers=headers))

    deciders = [
        threading.Thread(target=decide, args=("grant", {}, "director-1")),
        threading.Thread(target=decide, args=("refuse", {"reason": "不同意"}, "director-2")),
    ]
    for one in deciders:
        one.start()
    for one in deciders:
        one.join()

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json["code"] == "approval_decided"
    assert won.json["decided_by"] in lost.json["detail"]
    closed = rows(cases)[0]["status"] == "closed"
    assert closed == (won.json["status"] == "granted")


def test_only_who_asked_takes_it_back(ask: Ask, client: FlaskClient, caller: Caller, rows: Rows) -> None:
    id_ = ask()

    other = client.post(f"{APPROVALS}/{id_}/withdraw", json={}, headers=caller("head", id="head-2"))
    own = client.post(f"{APPROVALS}/{id_}/withdraw", json={}, headers=caller("head", id="head-1"))
    late = client.post(f"{CASE}/close-approval", json={"decision": "grant"}, headers=caller(id="d"))

    assert (other.status_code, other.json["code"]) == (403, "approval_of_another")
    assert (own.status_code, own.json["status"]) == (200, "withdrawn")
    assert (late.status_code, late.json["code"]) == (409, "approval_none_open")
    assert ask()


def test_what_ends_otherwise_makes_the_request_void(
    ask: Ask, client: FlaskClient, tell: Tell, caller: Caller, rows: Rows
) -> None:
    id_ = ask()

    tell(withdrawn(NUMBER))

    [row] = rows(approvals)
    assert (row["status"], row["decided_by"]) == ("withdrawn", None)
    answer = client.post(f"{APPROVALS}/{id_}/grant", json={}, headers=caller(id="d"))
    assert (answer.status_code, answer.json["code"]) == (409, "approval_decided")
    shown = client.get(CASE, headers=caller()).json["timeline"]
    assert "approval_withdrawn" in [entry["entry"] for entry in shown]


def test_the_policy_of_a_place_says_who_decides(
    ask: Ask, client: FlaskClient, caller: Caller, set_policy: SetPolicy
) -> None:
    id_ = ask()
    set_policy({"closing": {"approvers": {"abnormal_close": ["director"]}}}, PATHS["cuihu"])

    head = client.post(f"{APPROVALS}/{id_}/grant", json={}, headers=caller("head", id="head-2"))
    director = client.post(f"{APPROVALS}/{id_}/grant", json={}, headers=caller("director", id="d"))

    assert (head.status_code, head.json["code"]) == (403, "approval_not_yours")
    assert director.status_code == 200


def test_where_no_consent_is_needed_for_its_severity_a_case_closes_at_once(
    tell: Tell, client: FlaskClient, caller: Caller, set_policy: SetPolicy
) -> None:
    tell(registered(NUMBER))
    set_policy({"closing": {"consent": {"minor": False}}})

    closed = client.post(f"{CASE}/close", json={"reason": "与住户当面说清"}, headers=caller("head"))

    assert (closed.json["status"], closed.json["closed_as"], closed.json["approvals"]) == (
        "closed",
        "by_staff",
        [],
    )


def test_what_nobody_may_waive_is_named_and_keeps_a_case_open(
    ask: Ask, client: FlaskClient, caller: Caller, set_policy: SetPolicy
) -> None:
    """R122: here the signature may not be missing, whoever consents."""
    id_ = ask()
    set_policy({"closing": {"waivable": ["satisfaction"]}})

    granted = client.post(f"{APPROVALS}/{id_}/grant", json={}, headers=caller(id="d"))
    english = client.post(
        f"{APPROVALS}/{id_}/grant", json={}, headers={**caller(id="d"), "Accept-Language": "en"}
    )

    assert (granted.status_code, granted.json["code"]) == (409, "close_conditions_missing")
    assert granted.json["detail"] == "尚不能办结，还缺少：责任部门签字、回访（或回访未果的记录）。"
    assert "the department's signature, the return visit or its recorded failure" in english.json["detail"]
    shown = client.get(f"{APPROVALS}/{id_}", headers=caller()).json
    assert shown["status"] == "requested", "what could not be done was not decided"


def test_a_role_that_may_not_decide_is_refused(ask: Ask, client: FlaskClient, caller: Caller) -> None:
    id_ = ask()

    for role in ("receiver", "handler", "auditor"):
        answer = client.post(f"{APPROVALS}/{id_}/grant", json={}, headers=caller(role, id="x"))
        assert answer.status_code == 403, role


def test_requests_are_listed_within_the_subtree(
    ask: Ask, client: FlaskClient, tell: Tell, caller: Caller
) -> None:
    id_ = ask()
    tell(registered("TS-20261122-BBBBBB", estate="binjiang"))

    def listed(query: str, path: str = PATHS["cuihu"]) -> list[str]:
        items = client.get(f"{APPROVALS}{query}", headers=caller(path=path)).json["items"]
        return [item["id"] for item in items]

    assert listed("") == listed("?status=requested&kind=abnormal_close&estate=cuihu") == [id_]
    assert listed("?status=granted") == listed("?kind=invalid") == listed("", PATHS["binjiang"]) == []
    foreign = client.get(f"{APPROVALS}/{id_}", headers=caller(path=PATHS["binjiang"]))
    assert (foreign.status_code, foreign.json["code"]) == (404, "approval_unknown")
    for what in ("grant", "refuse", "withdraw"):
        headers = caller(path=PATHS["binjiang"], id="head-1")
        answer = client.post(f"{APPROVALS}/{id_}/{what}", json={"reason": "x"}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (404, "approval_unknown")


def test_a_list_of_what_waits_walks_its_index(ask: Ask, database: Database) -> None:
    ask()
    with database.begin() as work:
        work.connection.exec_driver_sql(
            "INSERT INTO approvals SELECT gen_random_uuid(), number, estate, NULL, kind, 'granted', requested_by, reason,"
            " details, requested_at - n * interval '1 minute' FROM approvals, generate_series(1, 20000) n"
        )
    with database.begin() as work:
        work.connection.exec_driver_sql("ANALYZE approvals")
        plan = work.connection.exec_driver_sql(
            "EXPLAIN SELECT * FROM approvals WHERE status = 'requested' ORDER BY requested_at, id LIMIT 20"
        ).scalars()
        assert "approvals_waiting" in "\n".join(plan)


def test_a_callback_of_before_closes_nothing_that_was_asked_for(ask: Ask, tell: Tell, rows: Rows) -> None:
    ask()

    tell(called_back(NUMBER, "satisfied"))

    assert rows(cases)[0]["status"] == "assigned", "the signature is missing (R122)"
    assert rows(approvals)[0]["status"] == "requested"
