"""The header Idempotency-Key: its form, when it is needed, and what a repetition is compared by."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis.http.idempotency import HEADER, Key, key_of_request
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
