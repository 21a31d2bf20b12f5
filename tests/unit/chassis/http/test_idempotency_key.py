"""The header Idempotency-Key: its form, when it is needed, and what a repetition is compared by."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis.http.blueprint import IDEMPOTENCY_KEY as HEADER
from services.chassis.http.idempotency import Key, key_of_request
from tests.unit.chassis.http.parcels import Parcels

ACT = "/api/parcels/act"


def key_of(parcels: Parcels, body: Any = None, **headers: str) -> Key | None:
    """The key the route sees."""
    seen: list[Key | None] = []
    parcels.act = lambda: seen.append(key_of_request()) or {}
    data = body if isinstance(body, bytes) else None
    answer = parcels.client.post(
        ACT, json=None if data else body, data=data, content_type="application/json", headers=headers
    )
    assert answer.status_code == 200, answer.text
    return seen[0]


def test_a_public_caller_may_do_without(parcels: Parcels) -> None:
    assert key_of(parcels, {}) is None


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "naïve", "tab\there"])
def test_a_malformed_key_is_400(parcels: Parcels, key: str) -> None:
    parcels.act = lambda: {"key": str(key_of_request())}

    answer = parcels.client.post(ACT, json={}, headers={HEADER: key.encode().decode("latin-1")})

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["code"] == "idempotency_key_malformed"


def test_the_same_content_has_the_same_fingerprint_however_it_is_written(parcels: Parcels) -> None:
    first = key_of(parcels, b'{"a": 1, "b": "\\u7532"}', **{HEADER: "k-1"})
    again = key_of(parcels, '{"b":"甲","a":1}'.encode(), **{HEADER: "k-1"})
    other = key_of(parcels, b'{"a": 2, "b": "\\u7532"}', **{HEADER: "k-1"})

    assert first == again
    assert first is not None
    assert other is not None
    assert first.fingerprint != other.fingerprint


def test_with_a_token_the_key_is_needed(parcels: Parcels) -> None:
    answer = parcels.client.post("/api/parcels/keyed", json={}, headers=parcels.auth.headers("head"))

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["code"] == "idempotency_key_missing"


def test_keys_of_two_principals_never_meet(parcels: Parcels) -> None:
    headers = {HEADER: "k-1"}

    callers = [
        parcels.client.post(
            "/api/parcels/keyed", json={}, headers={**headers, **parcels.auth.headers("head", id=id)}
        ).json
        for id in ("s-1", "s-2")
    ]

    assert callers == [{"id": "principal:s-1"}, {"id": "principal:s-2"}]


def test_the_document_names_the_header(parcels: Parcels) -> None:
    document = parcels.client.get("/api/parcels/openapi.json").json

    assert document is not None
    [parameter] = document["paths"]["/api/parcels/keyed"]["post"]["parameters"]
    assert (parameter["in"], parameter["name"], parameter["required"]) == ("header", HEADER, True)
