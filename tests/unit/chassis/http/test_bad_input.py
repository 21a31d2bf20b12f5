"""Whatever is sent, the answer is a 4xx that says what is wrong, never a 500 (RELIABILITY H)."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis.http.app import MAX_BODY_BYTES
from services.chassis.http.blueprint import raw_body
from tests.unit.chassis.http.parcels import Parcels

PARCELS = "/api/parcels/parcels"
ACT = "/api/parcels/act"


def send(parcels: Parcels, body: bytes, content_type: str = "application/json") -> Any:
    return parcels.client.post(
        PARCELS, data=body, content_type=content_type, headers={"Accept-Language": "en"}
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"{'text': 'x'}",
        b'{"text": NaN}',
        b'{"text": Infinity}',
        b'{"text": "a", "text": "b"}',
        b'{"text": "a", "sender": {"name": "a", "name": "b"}}',
        b'{"text": "\xff"}',
        '{"text": "a"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"text": "a"}',
        b'{"text": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"[" * 100_000,
        b'{"weight": ' + b"9" * 5000 + b"}",
        b'{"text": "raw \x00 byte"}',
    ],
)
def test_what_is_no_strict_json_is_400(parcels: Parcels, body: bytes) -> None:
    answer = send(parcels, body)

    assert answer.status_code == 400
    assert answer.json["code"] == "malformed_json"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"]
)
def test_another_content_type_is_415(parcels: Parcels, content_type: str) -> None:
    assert send(parcels, b'{"text": "a"}', content_type).status_code == 415


def test_a_content_type_with_parameters_is_taken(parcels: Parcels) -> None:
    assert send(parcels, b'{"text": "a"}', "application/json; charset=utf-8").status_code == 201


def test_a_body_above_the_limit_is_413(parcels: Parcels) -> None:
    assert send(parcels, b" " * (MAX_BODY_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "text"),
        (b"[]", ""),
        (b'"text"', ""),
        (b"null", ""),
        (b'{"text": null}', "text"),
        (b'{"text": 1}', "text"),
        (b'{"text": ""}', "text"),
        (b'{"text": " \\n "}', "text"),
        (b'{"text": "12345678901"}', "text"),
        (b'{"text": "nul \\u0000"}', "text"),
        (b'{"text": "bell \\u0007"}', "text"),
        (b'{"text": "c1 \\u0085x"}', "text"),
        (b'{"text": "\\ud800"}', "text"),
        (b'{"text": "a", "sender": {"name": ""}}', "sender.name"),
        (b'{"text": "a", "sender": []}', "sender"),
        (b'{"text": "a", "sender": {"name": "a", "age": 1}}', "sender.age"),
        (b'{"text": "a", "weight": 101}', "weight"),
        (b'{"text": "a", "weight": -1}', "weight"),
        (b'{"text": "a", "weight": 99999999999999999999}', "weight"),
        (b'{"text": "a", "weight": 1.5}', "weight"),
        (b'{"text": "a", "weight": 1e400}', "weight"),
        (b'{"text": "a", "weight": "1"}', "weight"),
        (b'{"text": "a", "weight": true}', "weight"),
        (b'{"text": "a", "kind": "whale"}', "kind"),
        (b'{"text": "a", "kind": ["box"]}', "kind"),
        (b'{"text": "a", "extra": 1}', "extra"),
        (b'{"text": "a", "\\ud800": 1}', "\\ud800"),
        (b'{"text": "a", "sent_at": "2026-11-22T10:00:00"}', "sent_at"),
        (b'{"text": "a", "sent_at": "2026-11-22"}', "sent_at"),
        (b'{"text": "a", "sent_at": "2026-02-30T10:00:00Z"}', "sent_at"),
        (b'{"text": "a", "sent_at": "0001-01-01T00:00:00+23:59"}', "sent_at"),
        (b'{"text": "a", "sent_at": "2026-11-22T10:00:00+99:00"}', "sent_at"),
        (b'{"text": "a", "sent_at": "2026-11-22T24:61:00Z"}', "sent_at"),
        (b'{"text": "a", "sent_at": 1763784000}', "sent_at"),
    ],
)
def test_what_breaks_the_schema_is_422_naming_the_field(parcels: Parcels, body: bytes, field: str) -> None:
    answer = send(parcels, body)

    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json["errors"]]


def test_all_fields_are_named_at_once_in_chinese(parcels: Parcels) -> None:
    answer = parcels.client.post(PARCELS, json={"text": "", "weight": 101, "kind": "whale", "extra": 1})

    assert answer.json is not None
    assert answer.json["errors"] == [
        {"field": "text", "message": "长度应在 1 与 10 之间。"},
        {"field": "weight", "message": "应在 0 与 100 之间。"},
        {"field": "kind", "message": "必须是以下之一：letter, box。"},
        {"field": "extra", "message": "未知字段。"},
    ]


def test_good_input_is_normalised(parcels: Parcels) -> None:
    answer = send(parcels, '{"text": " 甲\\r\\n乙 ", "sent_at": "2026-11-22t10:00:00.5+08:00"}'.encode())

    assert answer.status_code == 201
    assert answer.json == {"text": "甲\n乙", "sent_at": "2026-11-22T02:00:00.500000Z"}


def test_a_route_may_take_another_type_with_a_limit_of_its_own(parcels: Parcels) -> None:
    parcels.act = lambda: {"id": str(len(raw_body("text/csv", max_bytes=2 * MAX_BODY_BYTES)))}
    client = parcels.client

    assert client.post(ACT, data=b"{}", content_type="application/json").status_code == 415
    assert client.post(ACT, data=b"x" * (2 * MAX_BODY_BYTES), content_type="text/csv").status_code == 200
    assert client.post(ACT, data=b"x" * (2 * MAX_BODY_BYTES + 1), content_type="text/csv").status_code == 413
