"""Messages that cannot be read: each says why, and is kept with its bytes (DESIGN §2.5, RELIABILITY M8)."""

from __future__ import annotations

import pytest

from services.chassis import dead_letters
from services.chassis.database import Database
from services.chassis.envelope import BadMessage, encode
from services.chassis.handling import Handling, Unreadable
from tests.integration.chassis.conftest import CATALOGUE
from tests.integration.chassis.consumer import amounts, letters, sold


def test_the_same_unreadable_bytes_are_one_dead_letter(path: Handling, still: Database) -> None:
    # When
    for _ in range(3):
        with pytest.raises(BadMessage) as caught:
            path.read(b'{"broken": ', False)
        path.bury([Unreadable(b'{"broken": ', caught.value, False)])

    # Then
    assert letters(still) == [("not_json", 1, 3)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"\x80\x04\x95pickle", "not_json"),
        (b'{"specversion":"1.0","time":NaN}', "not_json"),
        (b"[1,2]", "no_envelope"),
        (b'{"amount":1}', "no_envelope"),
        (b"[" * 10_000, "not_json"),
    ],
)
def test_what_is_no_event_says_why(path: Handling, body: bytes, reason: str) -> None:
    with pytest.raises(BadMessage) as caught:
        path.read(body, False)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"linli.shop.sold.v1", b"linli.shop.sold.v2"), "unknown_type"),
        ((b"linli.shop.sold.v1", b"linli.shop.unheard.v1"), "unknown_type"),
        ((b"linli.shop.sold.v1", b"somebody.elses"), "unknown_type"),
        ((b"linli.shop.sold.v1", b"linli.shop.closed.v1"), "unknown_type"),
        ((b'"amount":1', b'"amount":"much"'), "schema"),
        ((b'"version":"1"', b'"version":"0"'), "schema"),
        ((b'"mode":"live"', b'"mode":"dreamt"'), "schema"),
        ((b'"subject":"till",', b""), "schema"),
    ],
)
def test_an_event_that_breaks_the_contract_says_where(
    path: Handling, change: tuple[bytes, bytes], reason: str
) -> None:
    # Given
    body = encode(sold(1), CATALOGUE).replace(*change)

    # When
    with pytest.raises(BadMessage) as caught:
        path.read(body, False)

    # Then
    assert caught.value.reason == reason
    assert caught.value.event_id


def test_an_event_that_breaks_the_contract_is_forgotten_with_its_subject(
    path: Handling, still: Database
) -> None:
    """It may be personal data (DESIGN §2.8)."""
    # Given
    body = encode(sold(1), CATALOGUE).replace(b'"amount":1', b'"amount":"much"')
    with pytest.raises(BadMessage) as caught:
        path.read(body, False)
    path.bury([Unreadable(body, caught.value, False)])

    # When
    with still.begin() as work:
        dead_letters.forget(work.connection, "shop.sold", "till")

    # Then
    assert letters(still) == []


def test_unknown_fields_are_ignored(path: Handling, still: Database) -> None:
    body = encode(sold(1), CATALOGUE).replace(b'"amount":1', b'"amount":1,"colour":"red"')
    path.batch([path.read(body, False)])
    assert amounts(still) == [1]
