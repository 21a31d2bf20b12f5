"""Policy documents over HTTP: who sets them where, what they inherit, their history, and when they hold."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from services.chassis.database import Database
from services.chassis.testing.clock import ManualClock
from services.routing.policy.holding import TRUSTED_SECONDS, Policies
from services.routing.storage.tables import policies
from tests.integration.routing.conftest import PATHS, Caller, Rows, SetPolicy, Tell

POLICIES = "/api/routing/policies"
CUIHU = PATHS["cuihu"]


@pytest.fixture(autouse=True)
def known(tell: Tell) -> None:
    """Both estates are known."""


def put(
    client: FlaskClient, headers: dict[str, str], content: dict[str, Any], path: str = CUIHU, version: int = 0
) -> Any:
    body = {"path": path, "version": version, "content": content, "reason": "按小区情况调整。"}
    return client.put(POLICIES, json=body, headers=headers)


def test_a_place_shows_what_holds_and_where_each_value_comes_from(
    client: FlaskClient, caller: Caller, set_policy: SetPolicy
) -> None:
    set_policy({"grading": {"loss": 9000, "group_households": 5}})

    made = put(client, caller(id="chief"), {"grading": {"loss": 3000}})

    assert made.status_code == 200, made.text
    assert made.json["version"] == 1
    assert made.json["content"] == {"grading": {"loss": 3000}}
    effective, origins = made.json["effective"]["grading"], made.json["origins"]["grading"]
    assert (effective["loss"], origins["loss"]) == (3000, CUIHU)
    assert (effective["group_households"], origins["group_households"]) == (5, "linli")
    assert (effective["majority"], origins["majority"]) == (0.5, None)
    assert (made.json["by"], made.json["reason"]) == ("chief", "按小区情况调整。")
    assert client.get(POLICIES, headers=caller("handler")).json == made.json
    above = client.get(POLICIES, query_string={"path": "linli"}, headers=caller("group", "linli")).json
    assert above["effective"]["grading"]["loss"] == 9000


def test_nobody_sees_or_sets_what_is_not_below_him(client: FlaskClient, caller: Caller, rows: Rows) -> None:
    for path in (PATHS["binjiang"], "linli/east", "linli/east/nowhere", "linli/east/cuihu/none"):
        seen = client.get(POLICIES, query_string={"path": path}, headers=caller())
        changed = put(client, caller(), {}, path=path)

        assert seen.status_code == 404
        assert changed.status_code == 422
        assert [error["field"] for error in changed.json["errors"]] == ["path"]
    assert client.get(f"{POLICIES}/history", headers=caller()).json["items"] == []
    assert rows(policies) == []


def test_every_mistake_is_told_with_its_key(client: FlaskClient, caller: Caller, rows: Rows) -> None:
    refused = put(client, caller(), {"grading": {"loss": 0, "majority": 3}, "role": {}})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == [
        "content.grading.loss",
        "content.grading.majority",
        "content.role",
    ]
    assert "labels" in refused.json["errors"][2]["message"]
    assert rows(policies) == []


def test_a_document_that_spoils_one_below_is_refused(
    client: FlaskClient, caller: Caller, set_policy: SetPolicy
) -> None:
    grades = {name: {"zh": name, "en": name} for name in ("minor", "important", "major")}
    set_policy({"labels": {"schemes": {"own": grades}}})
    set_policy({"labels": {"grades": "own"}}, CUIHU)

    refused = put(client, caller("group", "linli"), {}, path="linli", version=1)

    assert refused.status_code == 422
    assert {error["field"] for error in refused.json["errors"]} == {"content.labels.grades"}
    assert CUIHU in refused.json["errors"][0]["message"]


def test_who_did_not_see_the_newest_version_changes_nothing(client: FlaskClient, caller: Caller) -> None:
    assert put(client, caller(), {"grading": {"loss": 3000}}).status_code == 200

    late = put(client, caller(), {"grading": {"loss": 4000}})
    unchanged = put(client, caller(), {"grading": {"loss": 3000}}, version=1)

    assert (late.status_code, late.json["code"]) == (409, "policy_changed_meanwhile")
    assert (unchanged.status_code, unchanged.json["code"]) == (409, "policy_unchanged")
    assert client.get(POLICIES, headers=caller()).json["effective"]["grading"]["loss"] == 3000


def test_a_change_that_comes_again_with_its_key_is_made_once(
    client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    headers = caller()

    answers = [put(client, headers, {"grading": {"loss": 3000}}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(rows(policies)) == 1


def test_two_at_once_make_one_version(client: FlaskClient, caller: Caller, rows: Rows) -> None:
    together = threading.Barrier(2)

    def change(loss: int, headers: dict[str, str]) -> int:
        together.wait(10)
        return int(put(client.application.test_client(), headers, {"grading": {"loss": loss}}).status_code)

    with ThreadPoolExecutor(2) as threads:
        codes = list(threads.map(change, (3000, 4000), (caller(), caller())))

    assert sorted(codes) == [200, 409]
    assert [row["version"] for row in rows(policies)] == [1]


def test_the_history_keeps_every_version_newest_first(
    client: FlaskClient, caller: Caller, clock: ManualClock
) -> None:
    for version in range(3):
        assert (
            put(client, caller(), {"grading": {"loss": 1000 + version}}, version=version).status_code == 200
        )
        clock.advance(minutes=1)

    page = client.get(f"{POLICIES}/history?page_size=2", headers=caller("head")).json
    last = client.get(f"{POLICIES}/history?page_size=2&page=2", headers=caller("head")).json
    elsewhere = client.get(f"{POLICIES}/history", query_string={"path": "linli"}, headers=caller())

    assert (page["total"], [item["version"] for item in page["items"]]) == (3, [3, 2])
    assert [item["content"]["grading"]["loss"] for item in last["items"]] == [1000]
    assert elsewhere.json["items"] == []


def test_a_change_holds_in_every_process_within_seconds(
    database: Database, client: FlaskClient, caller: Caller, clock: ManualClock
) -> None:
    elsewhere = Policies(database.read, clock)
    assert elsewhere.of(CUIHU).grading.loss == 5000

    put(client, caller(), {"grading": {"loss": 3000}})

    clock.advance(seconds=TRUSTED_SECONDS)
    assert elsewhere.of(CUIHU).grading.loss == 3000
    assert elsewhere.of(PATHS["binjiang"]).grading.loss == 5000


def test_a_thousand_places_cost_no_query_each(database: Database, clock: ManualClock) -> None:
    policies = Policies(database.read, clock)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    for place in range(1000):
        policies.of(f"linli/east/estate-{place}")

    assert len([statement for statement in asked if "policies" in statement]) == 2
