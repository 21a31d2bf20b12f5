"""Compensation is asked for by one and granted by another, and what it came to is for some eyes only (R117)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.storage.tables import timeline, work_orders
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
AGREED = {
    "remedy": "fee_waiver",
    "amount": "1200.50",
    "agreement": "与业主 13800001111 面谈一致：减免两个月物业费。",
    "reason": "漏水损坏家具。",
}

Ask = Callable[..., Any]


@pytest.fixture
def handler(tell: Tell, staff: dict[str, str], rows: Rows) -> str:
    """A complaint about a lift, and who handles it."""
    tell(registered(NUMBER))
    return str(rows(work_orders)[0]["assignee"])


@pytest.fixture
def ask(client: FlaskClient, caller: Caller, handler: str) -> Ask:
    """A function that asks for compensation, as the handler unless headers are given."""

    def post(headers: dict[str, str] | None = None, **others: Any) -> Any:
        mine = headers or caller("handler", id=handler)
        return client.post(f"{CASE}/compensation", json={**AGREED, **others}, headers=mine)

    return post


def everything(client: FlaskClient, headers: Callable[[], dict[str, str]], id_: str) -> str:
    """All that a caller reads of the case and of the request."""
    paths = (CASE, "/api/routing/approvals", f"/api/routing/approvals/{id_}")
    return "\n".join(client.get(path, headers=headers()).text for path in paths)


def test_it_is_granted_by_another_and_stands_in_the_timeline(
    ask: Ask, client: FlaskClient, caller: Caller, handler: str, rows: Rows
) -> None:
    asked = ask()
    assert asked.status_code == 201, asked.text
    assert asked.json["details"] == {
        "remedy": "fee_waiver",
        "amount": "1200.50",
        "agreement": "与业主 *** 面谈一致：减免两个月物业费。",
    }

    grant = f"/api/routing/approvals/{asked.json['id']}/grant"
    head = client.post(grant, json={}, headers=caller("head"))
    director = client.post(grant, json={}, headers=caller("director"))

    assert (head.status_code, head.json["code"]) == (403, "approval_not_yours")
    assert director.json["status"] == "granted"
    last = rows(timeline)[-1]
    assert (last["entry"], last["by"], last["details"]["amount"]) == ("compensated", handler, "1200.50")


def test_amount_and_agreement_are_seen_by_the_roles_of_the_policy_and_by_who_asked(
    ask: Ask, client: FlaskClient, caller: Caller, handler: str, set_policy: SetPolicy
) -> None:
    id_ = ask().json["id"]
    client.post(f"/api/routing/approvals/{id_}/grant", json={}, headers=caller("director"))

    for role in ("receiver", "handler", "head", "auditor", "operator"):
        read = everything(client, lambda role=role: caller(role, id=f"other-{role}"), id_)
        assert "1200.5" not in read, role
        assert "两个月" not in read, role
        assert read.count('"withheld":true') == 5, role
    for role, id in (("director", "d"), ("centre", "c"), ("handler", handler)):
        assert "1200.50" in everything(client, lambda role=role, id=id: caller(role, id=id), id_), role

    set_policy({"handling": {"compensation_seen_by": ["auditor"]}}, PATHS["cuihu"])
    assert "1200.50" in everything(client, lambda: caller("auditor", id="a"), id_)
    assert "1200.50" not in everything(client, lambda: caller("centre", id="c"), id_)


def test_nothing_of_it_travels(ask: Ask, client: FlaskClient, caller: Caller, told: Published) -> None:
    id_ = ask().json["id"]
    client.post(f"/api/routing/approvals/{id_}/grant", json={}, headers=caller("director"))

    assert not any("1200" in str(event.data) or "两个月" in str(event.data) for event in told())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": None}, "amount"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "12.345"}, "amount"),
        ({"amount": "1e999999"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "１２"}, "amount"),
        ({"amount": "很多"}, "amount"),
        ({"remedy": "gold"}, "remedy"),
        ({"agreement": " "}, "agreement"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_wrong_with_it_is_said_by_its_field(ask: Ask, wrong: dict[str, Any], field: str) -> None:
    answer = ask(**wrong)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_repair_needs_no_amount(ask: Ask) -> None:
    asked = ask(remedy="repair", amount=None)

    assert (asked.status_code, asked.json["details"]["amount"]) == (201, None)


def test_one_waits_at_a_time_and_none_of_a_case_at_its_end(ask: Ask, tell: Tell) -> None:
    ask()
    assert ask().json["code"] == "approval_open"

    tell(withdrawn(NUMBER))

    late = ask()
    assert (late.status_code, late.json["code"]) == (403, "step_not_yours"), "the order is cancelled"


def test_a_handler_of_others_and_another_estate_are_refused(ask: Ask, caller: Caller) -> None:
    stranger = ask(caller("handler", id="stranger"))
    elsewhere = ask(caller("director", path=PATHS["binjiang"]))

    assert (stranger.status_code, stranger.json["code"]) == (403, "step_not_yours")
    assert elsewhere.status_code == 404
