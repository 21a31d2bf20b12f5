"""A log line is one JSON object in which no personal number is left."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from services.chassis import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("INFO", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_event_level_time_fields_and_what_is_bound(stream: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="r-12345678")

    structlog.get_logger("parcels").info("parcel_registered", weight=3)

    line = lines(stream)[0]
    assert line["event"] == "parcel_registered"
    assert line["level"] == "info"
    assert line["weight"] == 3
    assert line["request_id"] == "r-12345678"
    assert line["time"].endswith("Z")


def test_personal_numbers_are_masked_at_any_depth_and_in_any_type(stream: io.StringIO) -> None:
    structlog.get_logger().info(
        "parcel_lost",
        phone="13812345678",
        number=13812345678,
        nested={"to": [{"mail": "a.b@example.com"}, ("0571-88887777",)]},
        other=ValueError("call 138-1234-5678"),
    )

    text = stream.getvalue()
    assert "1381234" not in text
    assert "138-1234" not in text
    assert "example.com" not in text
    assert "88887777" not in text


def test_the_text_of_an_exception_is_masked(stream: io.StringIO) -> None:
    try:
        raise ValueError("no parcel for 13812345678")
    except ValueError:
        structlog.get_logger().exception("parcel_failed")

    line = lines(stream)[0]
    assert "no parcel for ***" in line["exception"]


def test_the_row_in_an_error_of_the_database_is_not_written(stream: io.StringIO) -> None:
    error = "null value in column\nDETAIL:  Failing row contains (王伟, null).\nCONTEXT: none"

    structlog.get_logger("parcels").error("bug", exception=error)

    assert lines(stream)[0]["exception"] == "null value in column\nDETAIL: ***\nCONTEXT: none"


def test_a_library_line_goes_the_same_way(stream: io.StringIO) -> None:
    logging.getLogger("library").warning("cannot reach %s", "13812345678")

    line = lines(stream)[0]
    assert line["event"] == "cannot reach ***"
    assert line["logger"] == "library"


def test_a_line_below_the_level_is_not_written(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")

    assert stream.getvalue() == ""


def test_what_json_cannot_hold_does_not_lose_the_line(stream: io.StringIO) -> None:
    structlog.get_logger().info("odd", text="\ud800", big=2**80, thing=object())

    assert lines(stream)[0]["event"] == "odd"
