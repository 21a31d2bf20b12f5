"""Events on the wire: what goes in comes out, and what is no event says why (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from services.chassis.envelope import MAX_BODY, BadMessage, decode, encode
from services.chassis.events import HISTORICAL, LIVE, Event
from services.chassis.ids import new_id
from services.contracts.catalogue import Catalogue
from services.contracts.table import EventType


class Said(Schema):
    """Somebody said something."""

    words = fields.String(required=True)


CATALOGUE = Catalogue(
    (EventType("shop.said", Said, ("shop",), ("ledger",), of_estate=False),), ("shop", "ledger")
)

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))


def said(words: str = "hello", **others: Any) -> Event:
    fields_: dict[str, Any] = {
        "id": new_id(),
        "time": datetime(2026, 1, 1, tzinfo=UTC),
        "version": 1,
        **others,
    }
    return Event(name="shop.said", source="shop", subject="till", data={"words": words}, **fields_)


def body(change: Mapping[str, Any] | None = None, *, without: str | None = None) -> bytes:
    """A good message with something changed."""
    message = {**orjson.loads(encode(said(), CATALOGUE)), **(change or {})}
    message.pop(without, None)
    return orjson.dumps(message)


def reason(message: bytes) -> str:
    with pytest.raises(BadMessage) as caught:
        decode(message, CATALOGUE)
    return caught.value.reason


def judged(message: bytes) -> Event | str:
    """The event, or the reason why it is none."""
    try:
        return decode(message, CATALOGUE)
    except BadMessage as error:
        return error.reason


@given(
    words=TEXT,
    version=st.integers(min_value=1, max_value=10**17),
    time=st.datetimes(timezones=st.just(UTC)),
    mode=st.sampled_from([LIVE, HISTORICAL]),
    estate=st.none() | TEXT.filter(bool),
)
def test_what_is_encoded_is_decoded(
    words: str, version: int, time: datetime, mode: str, estate: str | None
) -> None:
    event = said(words, version=version, time=time, mode=mode, estate=estate)
    assert decode(encode(event, CATALOGUE), CATALOGUE) == event


@given(st.binary())
def test_any_bytes_are_an_event_or_say_why_not(message: bytes) -> None:
    assert reason(message) in {"not_json", "no_envelope"}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"", "not_json"),
        (b'{"broken": ', "not_json"),
        (b'{"time":NaN}', "not_json"),
        (b"[" * 10_000, "not_json"),
        ("{}".encode("utf-16"), "not_json"),
        (b"\x80\x04\x95pickle", "not_json"),
        (b"null", "no_envelope"),
        (b"{}", "no_envelope"),
        (b"x" * (MAX_BODY + 1), "too_large"),
        (body(without="id"), "no_envelope"),
        (body(without="time"), "no_envelope"),
        (body({"time": "yesterday"}), "no_envelope"),
        (body({"type": "linli.shop.said.v2"}), "unknown_type"),
        (body({"type": "linli.shop.sung.v1"}), "unknown_type"),
        (body({"type": "com.example.said"}), "unknown_type"),
        (body({"data": {}}), "schema"),
        (body({"data": [1]}), "schema"),
        (body({"id": "1"}), "schema"),
        (body({"source": "\x00"}), "schema"),
        (body({"subject": "\x00"}), "schema"),
        (body({"subject": "x" * 256}), "schema"),
        (body({"version": "0"}), "schema"),
        (body({"mode": "dreamt"}), "schema"),
        (body({"estate": "a"}).replace(b'"a"', b"7"), "schema"),
    ],
)
def test_what_is_no_event_says_why(message: bytes, expected: str) -> None:
    assert reason(message) == expected


@pytest.mark.parametrize("place", [b'"words":"hello"', b'"subject":"till"'])
def test_a_key_that_is_there_twice_is_refused(place: bytes) -> None:
    assert reason(body().replace(place, place + b"," + place)) == "not_json"


@given(
    attribute=st.sampled_from(
        ["id", "source", "subject", "time", "version", "mode", "estate", "type", "specversion"]
    ),
    value=st.none()
    | st.text(max_size=3)
    | st.integers(-1, 9)
    | st.sampled_from(["1\n", "/shop\n", "a\x00", "/b", "2026-01-01"]),
)
def test_every_spelling_is_judged_alike(attribute: str, value: Any) -> None:
    message = body({attribute: value})
    spread = orjson.dumps(orjson.loads(message), option=orjson.OPT_INDENT_2)

    assert judged(message) == judged(spread)


def test_another_spelling_of_the_same_json_is_read() -> None:
    message = orjson.dumps(orjson.loads(body()), option=orjson.OPT_INDENT_2)
    assert decode(message, CATALOGUE).data == {"words": "hello"}


def test_what_is_too_large_to_be_sent_is_not_recorded() -> None:
    with pytest.raises(ValueError, match="too large"):
        encode(said("x" * MAX_BODY), CATALOGUE)
