"""Messages and looks at contacts over HTTP."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from services.notification.storage.tables import contact_views
from tests.integration.notification.conftest import Caller, Rows, Tell
from tests.integration.notification.stories import (
    NUMBER,
    PHONE,
    contact,
    erased,
    estate,
    known,
    registered,
    resolved,
)

MESSAGES = "/api/notification/messages"
VIEWS = f"/api/notification/complaints/{NUMBER}/contact-views"


def test_messages_about_a_complaint_show_a_masked_recipient(
    tell: Tell, client: FlaskClient, caller: Caller
) -> None:
    tell(*known(), registered("TS-OTHER"))

    answer = client.get(f"{MESSAGES}?number={NUMBER}", headers=caller())

    assert answer.status_code == 200
    [item] = answer.get_json()["items"]
    assert (item["number"], item["template"], item["receiver"]) == (NUMBER, "receipt", "resident")
    assert item["recipient"] == "138****5678"
    assert item["status"] == "waiting"
    assert PHONE[3:] not in answer.get_data(as_text=True)


def test_messages_come_in_pages_newest_first(tell: Tell, client: FlaskClient, caller: Caller) -> None:
    tell(estate(), contact(), *(registered(f"TS-{n}") for n in range(5)))

    page = client.get(f"{MESSAGES}?page=2&page_size=2", headers=caller()).get_json()

    assert (page["total"], len(page["items"])) == (5, 2)


@pytest.mark.parametrize("path", ["group/west", "group/east/jin"])
def test_messages_of_a_foreign_subtree_are_not_listed(
    tell: Tell, client: FlaskClient, caller: Caller, path: str
) -> None:
    tell(*known())

    assert client.get(MESSAGES, headers=caller(path=path)).get_json()["total"] == 0


def test_who_handles_a_case_sees_name_and_number_and_is_recorded(
    tell: Tell, client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    tell(*known())

    answer = client.post(VIEWS, json={"reason": "约上门时间"}, headers=caller("handler", id="staff-9"))

    assert answer.status_code == 201
    assert answer.get_json() == {
        "number": NUMBER,
        "name": "王芳",
        "phone": PHONE,
        "email": "wang@example.com",
    }
    [view] = rows(contact_views)
    assert (view["viewed_by"], view["role"], view["reason"]) == ("staff-9", "handler", "约上门时间")
    assert view["party_id"] == "party-1"


def test_the_number_is_not_kept_with_the_answer_to_an_idempotency_key(
    tell: Tell, client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    tell(*known())
    headers = caller()
    client.post(VIEWS, json={"reason": "核实"}, headers=headers)
    tell(erased())

    again = client.post(VIEWS, json={"reason": "核实"}, headers=headers)

    assert again.status_code == 201
    assert again.get_json()["phone"] is None
    assert len(rows(contact_views)) == 1


@pytest.mark.parametrize("path", ["group/west", "group/east/jin"])
def test_a_foreign_case_is_like_none(tell: Tell, client: FlaskClient, caller: Caller, path: str) -> None:
    tell(*known())

    foreign = client.post(VIEWS, json={"reason": "x"}, headers=caller(path=path))

    assert (foreign.status_code, foreign.get_json()["code"]) == (404, "complaint_unknown")


def test_there_is_nothing_to_see_of_an_anonymous_reporter(
    tell: Tell, client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    tell(estate(), contact(), registered(anonymous=True))

    answer = client.post(VIEWS, json={"reason": "x"}, headers=caller())

    assert (answer.status_code, answer.get_json()["code"]) == (404, "contact_none")
    assert rows(contact_views) == []


@pytest.mark.parametrize("role", ["group", "auditor", "operator"])
def test_who_handles_no_cases_sees_no_contact(
    tell: Tell, client: FlaskClient, caller: Caller, role: str
) -> None:
    tell(*known())

    assert client.post(VIEWS, json={"reason": "x"}, headers=caller(role)).status_code == 403


def test_a_look_needs_a_reason(tell: Tell, client: FlaskClient, caller: Caller) -> None:
    tell(*known())

    assert client.post(VIEWS, json={"reason": "  "}, headers=caller()).status_code == 422


def test_claiming_a_callback_is_a_recorded_look_too(
    tell: Tell, client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    tell(*known(), resolved())
    [task] = client.get("/api/notification/callbacks", headers=caller()).get_json()["items"]

    client.post(f"/api/notification/callbacks/{task['id']}/claim", headers=caller(id="li"))

    assert [(view["viewed_by"], view["reason"]) for view in rows(contact_views)] == [("li", "callback")]
