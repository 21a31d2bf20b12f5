"""Parts of a work order given to others: one owner, and nothing is resolved before its parts (R100)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.storage.tables import cases, timeline, work_orders
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, registered

NUMBER = "TS-20261122-AAAAAA"
NOTE = {"note": "已处理。"}
TASK = {"task": "请关闭 3 栋总阀，电话 13800001111。", "department": "security"}

Take = Callable[..., Any]


@pytest.fixture
def order(tell: Tell, staff: dict[str, str], rows: Rows) -> dict[str, Any]:
    """The work order of a complaint about a lift, at the engineers."""
    tell(registered(NUMBER))
    return dict(rows(work_orders)[0])


@pytest.fixture
def take(client: FlaskClient, caller: Caller) -> Take:
    """A function `(order, step, body, headers)` that takes a step, as who has the order unless headers are given."""

    def step(of: dict[str, Any], name: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        mine = headers or caller("handler", id=of["assignee"])
        needs_note = name in ("answer", "resolve")
        body = body if body is not None else (NOTE if needs_note else {})
        return client.post(f"/api/routing/work-orders/{of['id']}/{name}", json=body, headers=mine)

    return step


@pytest.fixture
def part(order: dict[str, Any], take: Take) -> dict[str, Any]:
    """A part of it that the owner gave to the security department."""
    take(order, "accept")
    answer = take(order, "parts", TASK)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def test_a_part_is_a_work_order_of_others_with_a_task_and_without_personal_data(
    order: dict[str, Any], part: dict[str, Any], staff: dict[str, str], told: Published, rows: Rows
) -> None:
    assert (part["parent"], part["department"], part["status"]) == (order["id"], "security", "assigned")
    assert part["assignee"] in {staff["security-1"], staff["security-2"]}
    assert "13800001111" not in part["task"]
    [first, second] = told("workorder.assigned")
    assert first.data.get("parent") is None
    assert second.data["parent"] == order["id"]
    assert rows(timeline)[-2]["entry"] == "shared"
    assert rows(cases)[0]["status"] == "in_progress"


def test_the_owner_resolves_when_all_parts_are_signed_off_and_the_case_once(
    order: dict[str, Any], part: dict[str, Any], take: Take, caller: Caller, told: Published, rows: Rows
) -> None:
    # When the owner wants to be done before the others
    take(order, "answer")
    early = take(order, "resolve")

    # Then he is told what he waits for
    assert (early.status_code, early.json["type"]) == (409, "urn:linli:problem:order_waits_for_parts")
    assert "子工单" in early.json["detail"]

    # When the part is done and signed, which takes no answer to the complainant
    assert [take(part, step).status_code for step in ("accept", "arrive", "resolve")] == [200] * 3
    assert take(order, "resolve").status_code == 409
    assert take(part, "sign-off", headers=caller("director")).status_code == 200
    assert rows(cases)[0]["status"] != "resolved"

    # Then the owner may, and the case is resolved with what he says
    assert take(order, "resolve", {"note": "水管已换。"}).status_code == 200
    assert take(order, "sign-off", headers=caller("director")).status_code == 200
    [resolved] = told("complaint.resolved")
    assert resolved.data["result"] == "水管已换。"
    assert rows(cases)[0]["status"] == "resolved"


def test_only_who_owns_or_leads_shares_only_what_is_under_way_and_no_part(
    order: dict[str, Any], take: Take, caller: Caller
) -> None:
    before = take(order, "parts", TASK)
    take(order, "accept")
    stranger = take(order, "parts", TASK, caller("handler", id="somebody"))
    nowhere = take(order, "parts", {**TASK, "department": "astronomy"})
    elsewhere = take(order, "parts", TASK, caller("director", "linli/east/binjiang"))
    part = take(order, "parts", TASK, caller("director")).json
    take(part, "accept")
    nested = take(part, "parts", TASK)

    codes = [answer.status_code for answer in (before, stranger, nowhere, elsewhere, nested)]
    assert codes == [409, 403, 422, 404, 409]


def test_a_repetition_with_the_same_key_makes_no_second_part(
    order: dict[str, Any], take: Take, caller: Caller, rows: Rows
) -> None:
    take(order, "accept")
    headers = caller("handler", id=order["assignee"])

    first, second = (take(order, "parts", TASK, headers) for _ in range(2))

    assert first.json["id"] == second.json["id"]
    assert len(rows(work_orders)) == 2


def test_a_part_nobody_is_there_for_waits_and_the_case_stays_where_it_is(
    tell: Tell,
    staff: dict[str, str],
    rows: Rows,
    take: Take,
    client: FlaskClient,
    caller: Caller,
    step_of: Any,
) -> None:
    # Given nobody of the cleaners on duty
    tell(registered(NUMBER))
    order = dict(rows(work_orders)[0])
    for name in ("cleaning-1", "cleaning-2"):
        client.post(f"/api/routing/staff/{staff[name]}/disable", json={}, headers=caller("director"))
    take(order, "accept")

    part = take(order, "parts", {**TASK, "department": "cleaning"}).json
    assert (part["status"], part["assignee"]) == ("open", None)

    # When somebody comes back
    client.post(f"/api/routing/staff/{staff['cleaning-1']}/enable", json={}, headers=caller("director"))
    step_of("routing.dispatch")()

    # Then it is his, and the case is still being handled
    [found] = [row for row in rows(work_orders) if row["parent"] is not None]
    assert found["assignee"] == staff["cleaning-1"]
    assert rows(cases)[0]["status"] == "in_progress"


def test_parts_end_with_their_case_and_a_new_round_goes_to_the_owners_department(
    order: dict[str, Any], part: dict[str, Any], client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    close = {"reason": "电话确认已解决"}
    client.post(f"/api/routing/complaints/{NUMBER}/close", json=close, headers=caller("director"))
    client.post(
        f"/api/routing/complaints/{NUMBER}/close-approval",
        json={"decision": "grant"},
        headers=caller("director", id="second"),
    )
    assert {row["status"] for row in rows(work_orders)} == {"cancelled"}

    client.post(f"/api/routing/complaints/{NUMBER}/reopen", json=close, headers=caller("director"))

    [again] = [row for row in rows(work_orders) if row["round"] == 2]
    assert (again["department"], again["parent"]) == (order["department"], None)


def test_the_case_shows_its_parts_and_what_may_be_done(
    order: dict[str, Any], part: dict[str, Any], client: FlaskClient, caller: Caller
) -> None:
    shown = client.get(f"/api/routing/complaints/{NUMBER}", headers=caller("director")).json

    owner, other = sorted(shown["work_orders"], key=lambda each: each["parent"] is not None)
    assert (owner["id"], owner["waits"], "resolve" in owner["allowed"]) == (order["id"], True, False)
    assert (other["id"], other["task"], other["waits"]) == (part["id"], part["task"], False)
