"""Callbacks over HTTP: listed, claimed by one, reported by him."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.testing import eventually
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import published
from services.notification.storage.tables import callbacks
from tests.integration.notification.conftest import Caller, Tell, waiting_for_locks
from tests.integration.notification.stories import NUMBER, PHONE, known, registered, reopened, resolved

CALLBACKS = "/api/notification/callbacks"


@pytest.fixture
def task(tell: Tell, client: FlaskClient, caller: Caller) -> str:
    """The path of a task that is due."""
    tell(*known(), resolved())
    [item] = client.get(CALLBACKS, headers=caller()).get_json()["items"]
    return f"{CALLBACKS}/{item['id']}"


def report(client: FlaskClient, task: str, headers: dict[str, str], outcome: str, **more: Any) -> Any:
    return client.post(f"{task}/outcome", json={"outcome": outcome, **more}, headers=headers)


def test_the_list_shows_what_is_due_without_a_telephone_number(
    task: str, client: FlaskClient, caller: Caller
) -> None:
    answer = client.get(f"{CALLBACKS}?status=open", headers=caller())

    assert answer.status_code == 200
    [item] = answer.get_json()["items"]
    assert (item["number"], item["status"], item["attempts"]) == (NUMBER, "open", 0)
    assert PHONE[3:] not in answer.get_data(as_text=True)
    assert client.get(f"{CALLBACKS}?status=completed", headers=caller()).get_json()["total"] == 0


def test_those_longest_due_come_first(
    tell: Tell, client: FlaskClient, caller: Caller, clock: ManualClock
) -> None:
    tell(*known(), registered("TS-B"), registered("TS-A"))
    for number in ("TS-B", "TS-A"):
        tell(resolved(number))
        clock.advance(minutes=1)

    items = client.get(CALLBACKS, headers=caller()).get_json()["items"]

    assert [item["number"] for item in items] == ["TS-B", "TS-A"]


def test_who_claims_a_task_sees_whom_to_call_and_what_to_say(
    task: str, client: FlaskClient, caller: Caller
) -> None:
    answer = client.post(f"{task}/claim", headers=caller(id="li"))

    assert answer.status_code == 200
    assert answer.get_json()["claimed_by"] == "li"
    assert (answer.get_json()["name"], answer.get_json()["phone"]) == ("王芳", PHONE)
    assert "电梯已修复" in answer.get_json()["script"]


def test_a_claimed_task_is_nobody_elses_until_the_claim_runs_out(
    task: str, client: FlaskClient, caller: Caller, clock: ManualClock
) -> None:
    client.post(f"{task}/claim", headers=caller(id="li"))

    refused = client.post(f"{task}/claim", headers=caller(id="zhao"))
    again = client.post(f"{task}/claim", headers=caller(id="li"))
    clock.advance(minutes=15)
    later = client.post(f"{task}/claim", headers=caller(id="zhao"))

    assert (refused.status_code, refused.get_json()["code"]) == (409, "callback_held")
    assert again.status_code == 200
    assert later.status_code == 200


def test_of_two_who_claim_at_once_one_gets_the_task(
    task: str, client: FlaskClient, caller: Caller, database: Database
) -> None:
    statuses: list[int] = []

    def claim(headers: dict[str, str]) -> None:
        statuses.append(client.application.test_client().post(f"{task}/claim", headers=headers).status_code)

    threads = [threading.Thread(target=claim, args=(caller(id=id),)) for id in ("li", "zhao")]
    with database.begin() as work:
        work.connection.execute(select(callbacks).with_for_update())
        for thread in threads:
            thread.start()
        eventually(lambda: waiting_for_locks(database) == 2)
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200, 409]


@pytest.mark.parametrize("outcome", ["satisfied", "basically_satisfied", "dissatisfied"])
def test_the_residents_word_completes_the_callback(
    task: str, client: FlaskClient, caller: Caller, database: Database, outcome: str
) -> None:
    client.post(f"{task}/claim", headers=caller())

    answer = report(client, task, caller(), outcome, comment="回电13812345678")

    assert answer.status_code == 200
    assert (answer.get_json()["status"], answer.get_json()["outcome"]) == ("completed", outcome)
    [event] = published(database, "callback.completed")
    assert event.data["outcome"] == outcome
    assert (event.data["attempts"], event.data["round"], event.data["by"]) == (1, 1, "li")
    assert event.data["comment"] == "回电***"


def test_nobody_reached_three_times_ends_as_unreached(
    task: str, client: FlaskClient, caller: Caller, database: Database, clock: ManualClock
) -> None:
    answers = []
    for _ in range(3):
        assert client.post(f"{task}/claim", headers=caller()).status_code == 200
        answers.append(report(client, task, caller(), "no_answer").get_json())
        assert client.post(f"{task}/claim", headers=caller()).status_code == 409
        clock.advance(hours=2)

    assert [answer["status"] for answer in answers] == ["open", "open", "completed"]
    [event] = published(database, "callback.completed")
    assert (event.data["outcome"], event.data["attempts"]) == ("unreached", 3)


def test_the_next_attempt_is_not_made_before_its_time(
    task: str, client: FlaskClient, caller: Caller, clock: ManualClock
) -> None:
    client.post(f"{task}/claim", headers=caller())
    report(client, task, caller(), "no_answer")
    clock.advance(minutes=119)

    assert client.post(f"{task}/claim", headers=caller()).get_json()["code"] == "callback_not_due"


def test_only_who_claimed_the_task_reports(
    task: str, client: FlaskClient, caller: Caller, database: Database
) -> None:
    unclaimed = report(client, task, caller(id="li"), "satisfied")
    client.post(f"{task}/claim", headers=caller(id="li"))
    others = report(client, task, caller(id="zhao"), "satisfied")

    assert unclaimed.get_json()["code"] == others.get_json()["code"] == "callback_not_claimed"
    assert published(database) == []


def test_a_report_sent_twice_with_one_key_counts_once(
    task: str, client: FlaskClient, caller: Caller, database: Database
) -> None:
    client.post(f"{task}/claim", headers=caller())
    headers = caller()

    first = report(client, task, headers, "satisfied")
    second = report(client, task, headers, "satisfied")

    assert second.status_code == 200
    assert second.get_json() == first.get_json()
    assert len(published(database, "callback.completed")) == 1


def test_a_callback_cancelled_while_the_call_lasts_cannot_be_reported(
    task: str, client: FlaskClient, caller: Caller, tell: Tell
) -> None:
    client.post(f"{task}/claim", headers=caller())
    tell(reopened())

    assert report(client, task, caller(), "satisfied").get_json()["code"] == "callback_not_open"


@pytest.mark.parametrize("path", ["group/west", "group/eas", "group/east/jin", "group/%"])
def test_a_task_of_a_foreign_subtree_is_like_none(
    task: str, client: FlaskClient, caller: Caller, path: str
) -> None:
    assert client.get(CALLBACKS, headers=caller(path=path)).get_json()["items"] == []
    foreign = client.post(f"{task}/claim", headers=caller(path=path))
    unknown = client.post(f"{CALLBACKS}/{new_id()}/claim", headers=caller(path=path))

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.get_json()["code"] == unknown.get_json()["code"]
    assert report(client, task, caller(path=path), "satisfied").status_code == 404


@pytest.mark.parametrize("role", ["handler", "group", "auditor", "operator"])
def test_only_those_who_call_back_may_claim(
    task: str, client: FlaskClient, caller: Caller, role: str
) -> None:
    assert client.post(f"{task}/claim", headers=caller(role)).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"outcome": "pleased"},
        {"outcome": "satisfied", "comment": "x" * 2001},
        {"outcome": 1},
        {"by": "li"},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(
    task: str, client: FlaskClient, caller: Caller, body: dict[str, Any]
) -> None:
    client.post(f"{task}/claim", headers=caller())

    assert client.post(f"{task}/outcome", json=body, headers=caller()).status_code == 422
