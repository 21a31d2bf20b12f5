"""Every error leaves as a problem in the language of the caller, with nothing of our inside."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import sqlalchemy.exc

from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from services.chassis.http.errors import TooManyRequests
from services.chassis.i18n import Message
from tests.unit.chassis.http.parcels import Parcels

PARCELS = "/api/parcels/parcels"
ACT = "/api/parcels/act"


def raising(error: BaseException) -> Any:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("parcel_unknown", number="P-1"), 404, "parcel_unknown"),
        (Conflict(), 409, "conflict"),
        (Forbidden(), 403, "forbidden"),
        (Invalid(), 422, "invalid"),
        (Unavailable(retry_after=7), 503, "unavailable"),
        (TooManyRequests(9), 429, "too_many_requests"),
        (sqlalchemy.exc.OperationalError("SELECT secret", {}, Exception("gone")), 503, "unavailable"),
        (sqlalchemy.exc.TimeoutError("pool"), 503, "unavailable"),
        (psycopg.OperationalError("gone"), 503, "unavailable"),
        (RuntimeError("secret inside"), 500, "internal_error"),
    ],
)
def test_an_error_becomes_its_problem(parcels: Parcels, error: Exception, status: int, code: str) -> None:
    parcels.act = raising(error)

    answer = parcels.client.post(ACT)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == status
    assert answer.json["code"] == code
    assert answer.json["type"] == f"urn:linli:problem:{code}"
    assert answer.json["instance"] == ACT
    assert "secret" not in answer.text


def test_what_passes_says_when_to_try_again(parcels: Parcels) -> None:
    parcels.act = raising(Unavailable(retry_after=7))
    assert parcels.client.post(ACT).headers["Retry-After"] == "7"

    parcels.act = raising(TooManyRequests(9))
    assert parcels.client.post(ACT).headers["Retry-After"] == "9"


@pytest.mark.parametrize(
    ("accepted", "detail"),
    [
        (None, "没有包裹 P-1"),
        ("zh-CN", "没有包裹 P-1"),
        ("en-GB,en;q=0.9", "No parcel P-1"),
        ("zh;q=0.5,en;q=0.4", "没有包裹 P-1"),
        ("fr", "没有包裹 P-1"),
        ("*", "没有包裹 P-1"),
        (";;;q=x", "没有包裹 P-1"),
    ],
)
def test_the_language_is_negotiated_chinese_first(
    parcels: Parcels, accepted: str | None, detail: str
) -> None:
    parcels.act = raising(NotFound("parcel_unknown", number="P-1"))

    answer = parcels.client.post(ACT, headers={"Accept-Language": accepted} if accepted else {})

    assert answer.json is not None
    assert answer.json["detail"] == detail


def test_field_messages_may_be_keys_keys_with_values_or_validator_texts(parcels: Parcels) -> None:
    parcels.act = raising(
        Invalid(
            fields={
                "a": [Message("too_heavy", {"most": 3})],
                "b": ["conflict"],
                "c": ["Not a valid integer."],
            }
        )
    )

    answer = parcels.client.post(ACT)

    assert answer.json is not None
    assert answer.json["errors"] == [
        {"field": "a", "message": "不能超过 3 公斤"},
        {"field": "b", "message": "当前状态不允许此操作。"},
        {"field": "c", "message": "应为整数。"},
    ]


def test_an_unknown_address_and_a_wrong_method_are_problems_too(parcels: Parcels) -> None:
    unknown = parcels.client.get("/nowhere")
    wrong = parcels.client.delete(PARCELS)

    assert unknown.json is not None
    assert (unknown.status_code, unknown.json["code"]) == (404, "route_unknown")
    assert wrong.json is not None
    assert (wrong.status_code, wrong.json["code"]) == (405, "method_not_allowed")
    assert "POST" in wrong.headers["Allow"]


def test_a_path_with_control_characters_is_an_unknown_address(parcels: Parcels) -> None:
    answer = parcels.client.get("/api/parcels/parcels/P%00", headers=parcels.auth.headers("head"))

    assert answer.status_code == 404


def test_a_thousand_wrong_fields_get_a_short_answer(parcels: Parcels) -> None:
    answer = parcels.client.post(PARCELS, json={f"x{number}" * 300: 1 for number in range(300)})

    assert answer.status_code == 422
    assert answer.json is not None
    assert len(answer.json["errors"]) == 100
    assert len(answer.data) < 100_000


def test_a_foreign_thing_and_an_unknown_one_look_the_same_but_for_the_path(parcels: Parcels) -> None:
    parcels.act = raising(NotFound())

    assert parcels.client.post(ACT).data == parcels.client.post(ACT).data
