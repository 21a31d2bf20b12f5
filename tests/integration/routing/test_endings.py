"""Closing, reopening, rounds, and corrections."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.testing.clock import ManualClock
from services.routing.storage.tables import cases, clocks, timeline, work_orders
from services.routing.usecases.staff import COMMAND_LINE, appoint
from tests.integration.routing.conftest import (
    Caller,
    Published,
    Rows,
    SetPolicy,
    Tell,
    called_back,
    person,
    rated,
    registered,
    withdrawn,
)

NUMBER = "TS-20261122-AAAAAA"
CASE = f"/api/routing/complaints/{NUMBER}"

Resolve = Callable[[], None]


@pytest.fixture
def resolve(client: FlaskClient, tell: Tell, staff: dict[str, str], caller: Caller, rows: Rows) -> Resolve:
    """A function that takes the case to the end of its present round."""
    tell(registered(NUMBER))

    def through() -> None:
        order = next(o for o in rows(work_orders) if o["status"] not in ("signed_off", "cancelled"))
        for step in ("accept", "answer", "resolve", "sign-off"):
            role = "head" if step == "sign-off" else "director"
            answer = client.post(
                f"/api/routing/work-orders/{order['id']}/{step}",
                json={"note": "处理完毕"},
                headers=caller(role, id=role),
            )
            assert answer.status_code == 200, answer.json

    return through


def state(rows: Rows) -> tuple[str, str | None, int]:
    (case,) = rows(cases)
    return case["status"], case["closed_as"], case["round"]


@pytest.mark.parametrize("opinion", ["satisfied", "basically_satisfied", "unreached"])
def test_a_content_or_unreached_complainant_closes_a_resolved_case(
    resolve: Resolve, tell: Tell, rows: Rows, told: Published, opinion: str
) -> None:
    resolve()

    tell(called_back(NUMBER, opinion))

    assert state(rows) == ("closed", opinion, 1)
    assert told("complaint.closed")[0].data["closed_as"] == opinion


def test_a_dissatisfied_one_begins_a_new_round_for_the_same_department(
    resolve: Resolve, tell: Tell, rows: Rows, told: Published
) -> None:
    resolve()

    tell(rated(NUMBER, "dissatisfied"))

    assert state(rows) == ("assigned", None, 2)
    first, second = sorted(rows(work_orders), key=lambda order: order["round"])
    assert (second["department"], second["status"]) == (first["department"], "assigned")
    of_the_case = [event.name for event in told() if event.name != "clock.changed"]
    assert of_the_case[-2:] == ["complaint.reopened", "workorder.assigned"]


def test_rounds_end_each_with_its_own_resolution(
    resolve: Resolve, tell: Tell, rows: Rows, told: Published
) -> None:
    resolve()
    tell(called_back(NUMBER, "dissatisfied", round=1))
    resolve()
    tell(called_back(NUMBER, "satisfied", round=1, version=2))
    assert state(rows)[0] == "resolved", "an opinion on the round before says nothing of this one"

    tell(called_back(NUMBER, "satisfied", round=2, version=3))

    assert state(rows) == ("closed", "satisfied", 2)
    assert [event.data["round"] for event in told("complaint.resolved")] == [1, 2]
    assert len(told("complaint.answered")) == 1


def test_what_was_done_again_twice_goes_to_the_director(
    resolve: Resolve, tell: Tell, rows: Rows, told: Published, database: Database
) -> None:
    """R123: handled, done again twice, then upwards."""
    with database.begin() as work:
        chief = appoint(work, COMMAND_LINE, person("chief", None, role="director"), "zh")
        appoint(work, COMMAND_LINE, person("region", None, role="director", path="linli/east"), "zh")

    for round in (1, 2, 3):
        resolve()
        tell(called_back(NUMBER, "dissatisfied", round=round, version=round))

    orders = sorted(rows(work_orders), key=lambda order: order["round"])
    assert [order["assignee"] == chief for order in orders] == [False, False, False, True]
    assert told("workorder.assigned")[-1].data["assignee"] == chief
    [upwards] = [entry for entry in rows(timeline) if entry["entry"] == "taken_upwards"]
    assert upwards["details"] == {"to": chief}


def test_a_place_may_have_other_rounds_and_without_anybody_above_the_department_goes_on(
    resolve: Resolve, tell: Tell, rows: Rows, set_policy: SetPolicy
) -> None:
    set_policy({"closing": {"rounds_before_escalation": 0}})
    resolve()

    tell(rated(NUMBER, "dissatisfied"))

    assert state(rows) == ("assigned", None, 2)
    [upwards] = [entry for entry in rows(timeline) if entry["entry"] == "taken_upwards"]
    assert upwards["details"] == {"to": None}


def test_a_company_check_sends_a_closed_case_back(
    resolve: Resolve, tell: Tell, rows: Rows, told: Published, client: FlaskClient, caller: Caller
) -> None:
    """R138: by call centre, group or quality department, with the reason."""
    resolve()
    tell(called_back(NUMBER, "satisfied"))
    body = {"source": "quality", "reason": "抽查发现电梯仍异响"}
    early = client.post(f"{CASE}/send-back", json={**body, "source": "neighbour"}, headers=caller("centre"))

    sent = client.post(f"{CASE}/send-back", json=body, headers=caller("centre", id="centre-1"))
    again = client.post(f"{CASE}/send-back", json=body, headers=caller("group"))

    assert early.status_code == 422
    assert (sent.status_code, sent.json["status"], sent.json["round"]) == (200, "assigned", 2)
    assert (again.status_code, again.json["code"]) == (409, "case_not_reopenable")
    [event] = told("complaint.reopened")
    assert (event.data["cause"], event.data["by"]) == ("sent_back", "centre-1")
    assert (sent.json["severity"], sent.json["severity_rule"]) == ("major", "sent_back")  # R65
    [entry] = [entry for entry in sent.json["timeline"] if entry["entry"] == "sent_back"]
    assert (entry["details"], entry["text"]) == ({"source": "quality"}, "抽查发现电梯仍异响")


def test_a_malicious_complaint_is_marked_for_staff_alone_and_handled_like_any_other(
    resolve: Resolve, tell: Tell, rows: Rows, told: Published, client: FlaskClient, caller: Caller
) -> None:
    """R11: a mark with its reason, taken back with a reason."""
    before = len(told())
    said = {"malicious": True, "reason": "同一人反复捏造，电话 13800138000"}

    marked = client.post(f"{CASE}/malicious", json=said, headers=caller("director", id="director-1"))
    again = client.post(f"{CASE}/malicious", json=said, headers=caller("director"))

    assert (marked.status_code, marked.json["malicious"]) == (200, True)
    assert (again.status_code, again.json["code"]) == (409, "malicious_already")
    entry = marked.json["timeline"][-1]
    assert (entry["entry"], entry["by"], entry["text"]) == (
        "marked_malicious",
        "director-1",
        "同一人反复捏造，电话 ***",
    )
    assert client.get("/api/routing/complaints?malicious=true", headers=caller()).json["total"] == 1
    assert len(told()) == before, "nobody outside is told"

    freed = client.post(
        f"{CASE}/malicious", json={"malicious": False, "reason": "核实属实"}, headers=caller("centre")
    )
    assert freed.json["malicious"] is False
    resolve()
    tell(called_back(NUMBER, "satisfied"))
    assert state(rows)[0] == "closed"


@pytest.mark.parametrize("in_one_batch", [True, False])
@pytest.mark.parametrize("callback_first", [True, False])
def test_rating_and_callback_of_one_round_end_the_same_in_any_order(
    resolve: Resolve, tell: Tell, rows: Rows, in_one_batch: bool, callback_first: bool
) -> None:
    resolve()
    events = [rated(NUMBER, "dissatisfied"), called_back(NUMBER, "satisfied")]
    if callback_first:
        events.reverse()

    if in_one_batch:
        tell(*events)
    else:
        for event in events:
            tell(event)

    assert state(rows) == ("assigned", None, 2)


def test_an_opinion_before_the_result_changes_nothing(tell: Tell, staff: dict[str, str], rows: Rows) -> None:
    tell(registered(NUMBER))

    tell(rated(NUMBER, "satisfied"), rated(NUMBER, "dissatisfied", version=3))

    assert state(rows) == ("assigned", None, 1)


def test_a_withdrawal_is_final(
    resolve: Resolve, tell: Tell, rows: Rows, client: FlaskClient, caller: Caller
) -> None:
    tell(withdrawn(NUMBER))

    tell(rated(NUMBER, "dissatisfied", version=3))

    assert state(rows) == ("withdrawn", "withdrawn", 1)
    assert client.post(f"{CASE}/reopen", json={"reason": "x"}, headers=caller()).status_code == 409
    assert all(clock["stopped_at"] for clock in rows(clocks))


def test_staff_close_and_reopen_with_a_reason(
    resolve: Resolve, client: FlaskClient, caller: Caller, rows: Rows, told: Published
) -> None:
    client.post(f"{CASE}/close", json={"reason": "重复投诉"}, headers=caller())
    closed = client.post(
        f"{CASE}/close-approval", json={"decision": "grant"}, headers=caller("centre", id="c")
    )
    assert (closed.status_code, closed.json["closed_as"]) == (200, "by_staff")
    assert closed.json["work_orders"][0]["status"] == "cancelled"
    assert client.post(f"{CASE}/close", json={"reason": "再次"}, headers=caller()).status_code == 409

    reopened = client.post(f"{CASE}/reopen", json={"reason": "误关"}, headers=caller())

    assert (reopened.status_code, reopened.json["status"], reopened.json["round"]) == (200, "assigned", 2)
    assert told("complaint.reopened")[0].data["cause"] == "staff"


def test_a_decision_needs_its_reason(resolve: Resolve, client: FlaskClient, caller: Caller) -> None:
    for body in ({}, {"reason": ""}, {"reason": " "}, {"reason": 1}):
        assert client.post(f"{CASE}/close", json=body, headers=caller()).status_code == 422, body


def test_a_correction_is_told_with_its_author_and_reason(
    resolve: Resolve, client: FlaskClient, caller: Caller, told: Published
) -> None:
    body = {"category": "security.parking", "urgency": "urgent", "reason": "其实是停车问题"}

    corrected = client.post(f"{CASE}/classification", json=body, headers=caller(id="director-1"))

    assert (corrected.json["category"], corrected.json["category_rule"]) == ("security.parking", "person")
    event = told("complaint.classified")[-1]
    assert (event.data["by"], event.data["reason"]) == ("director-1", "其实是停车问题")
    again = client.post(f"{CASE}/classification", json=body, headers=caller())
    assert again.status_code == 409


def test_a_correction_must_make_sense(resolve: Resolve, client: FlaskClient, caller: Caller) -> None:
    for body in (
        {"reason": "x"},
        {"reason": "x", "category": "no.such"},
        {"reason": "x", "urgency": "soon"},
        {"category": "other"},
    ):
        answer = client.post(f"{CASE}/classification", json=body, headers=caller())
        assert answer.status_code == 422, body


def test_a_case_shows_its_timeline_and_clocks_with_verdicts(
    resolve: Resolve, client: FlaskClient, caller: Caller, clock: ManualClock
) -> None:
    shown = client.get(CASE, headers=caller()).json
    assert {c["name"]: c["verdict"] for c in shown["clocks"]} == {
        "record": "kept",
        "dispatch": "kept",
        "answer": "running",
        "follow_up": "running",
        "solve": "running",
    }
    clock.advance(hours=25)

    shown = client.get(CASE, headers=caller()).json

    assert {c["name"]: c["verdict"] for c in shown["clocks"]}["answer"] == "breached"
    assert [entry["entry"] for entry in shown["timeline"]] == ["classified", "assigned"]


def test_a_foreign_case_is_like_none(resolve: Resolve, client: FlaskClient, caller: Caller) -> None:
    for number in (NUMBER, "TS-20261122-ZZZZZZ", "a'b", f"{NUMBER}%20"):
        one = f"/api/routing/complaints/{number}"
        for path in ("linli/east/binjiang", "linli/eas", "linli/east/cui"):
            assert client.get(one, headers=caller(path=path)).json["code"] == "complaint_unknown"
            for action in ("close", "reopen"):
                answer = client.post(f"{one}/{action}", json={"reason": "x"}, headers=caller(path=path))
                assert (answer.status_code, answer.json["code"]) == (404, "complaint_unknown")
            assert client.get("/api/routing/complaints", headers=caller(path=path)).json["total"] == 0


def test_cases_are_listed_with_filters(
    resolve: Resolve, tell: Tell, client: FlaskClient, caller: Caller
) -> None:
    tell(registered("TS-20261122-BBBBBB", estate="binjiang", text="垃圾没有人清理"))

    def total(query: str, path: str = "linli") -> int:
        count: int = client.get(f"/api/routing/complaints{query}", headers=caller(path=path)).json["total"]
        return count

    assert total("") == 2
    assert total("", path="linli/east/cuihu") == 1
    assert total("?estate=binjiang") == 1
    assert total("?category=facility.lift&status=assigned") == 1
    assert total("?urgency=urgent") == 0
