"""Bad input over HTTP: each kind gets its status, the field at fault and words in the caller's language."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.surface.access_table import ACCESS, somebody_of
from tests.integration.surface.problems import fields_of, problem
from tests.integration.surface.requests import path_to, request_for
from tests.integration.surface.world import TEXT, World

COMPLAINTS = "/api/intake/complaints"
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])

#: Against the clock of these tests, which stands still on 22 November 2026 at 04:00 UTC.
_FUTURE, _PAST = "2026-11-22T04:10:00Z", "2020-01-01T00:00:00Z"

_TAKES_JSON = sorted(
    route
    for route in ACCESS
    if route.startswith("POST")
    and not route.endswith(
        ("import", "attachments", "refresh", "able", "erasure", "claim", "{letter}/replay")
    )
)
_TAKES_CSV = sorted(route for route in ACCESS if route.endswith("/import"))


def _post(world: World, language: str = "zh", *, staff: bool = False, **request: Any) -> Any:
    headers = world.installation.headers("director", "G") if staff else {}
    accept = {"Accept-Language": language} if language != "zh" else {}
    return world.installation.send("POST", COMPLAINTS, {**headers, **accept}, **request)


def _complaint(**changes: Any) -> bytes:
    body = {"estate": "E1", "channel": "web", "text": TEXT, **changes}
    # ASCII, so that a lone surrogate travels as an escape.
    return json.dumps({name: value for name, value in body.items() if value is not ...}).encode()


@LANGUAGES
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"text": NaN}',
        b'{"text": -Infinity}',
        b'{"estate": "E1", "channel": "web", "text": "a", "text": "b"}',
        b'{"estate": "E1", "channel": "web", "text": "\xed\xa0\x80"}',
        b'{"estate": "E1", "channel": "web", "text": "\xff"}',
        b'{"estate": "E1", "channel": "web", "text": "a\x00b"}',
        b'{"text": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"[" * 200_000,
        b'{"text": ' + b"9" * 10_000 + b"}",
        '{"text": "a"}'.encode("utf-16"),
    ],
    ids=range(13),
)
def test_what_is_no_strict_json_is_400(world: World, body: bytes, language: str) -> None:
    answer = _post(world, language, data=body, content_type="application/json")

    assert problem(answer, 400, language)["code"] == "malformed_json"


@LANGUAGES
@pytest.mark.parametrize("content_type", ["text/plain", None])
@pytest.mark.parametrize("route", _TAKES_JSON)
def test_another_content_type_is_415(
    world: World, route: str, content_type: str | None, language: str
) -> None:
    headers = {**world.installation.headers(somebody_of(route), "G"), "Accept-Language": language}
    body = json.dumps(request_for(route, world.own)["json"]).encode()

    answer = world.installation.send(
        "POST", path_to(route, world.own), headers, data=body, content_type=content_type
    )

    problem(answer, 415, language)


@pytest.mark.parametrize("route", _TAKES_CSV)
def test_a_list_comes_as_csv(world: World, route: str) -> None:
    headers = world.installation.headers("director", "G")

    problem(world.installation.send("POST", path_to(route, world.own), headers, json={}), 415)


@pytest.mark.parametrize("route", _TAKES_JSON)
def test_five_megabytes_are_too_much(world: World, route: str) -> None:
    headers = world.installation.headers(somebody_of(route), "G")
    body = json.dumps({"text": "x" * 5_000_000}).encode()

    answer = world.installation.send(
        "POST", path_to(route, world.own), headers, data=body, content_type="application/json"
    )

    problem(answer, 413)


@pytest.mark.parametrize("route", _TAKES_CSV)
def test_a_list_has_a_limit_too(world: World, route: str) -> None:
    headers = world.installation.headers("director", "G")
    body = b"x" * (9 * 1024 * 1024)

    answer = world.installation.send(
        "POST", path_to(route, world.own), headers, data=body, content_type="text/csv"
    )

    problem(answer, 413)


@pytest.mark.parametrize("text", ["x", "x" * 10_000, "漏" * 10_000, "😀" * 10_000, "a\nb\tc", "\u202e反"])
def test_a_text_of_one_to_ten_thousand_characters_is_taken(world: World, text: str) -> None:
    assert _post(world, data=_complaint(text=text), content_type="application/json").status_code == 201


@LANGUAGES
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\t "}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": "漏" * 20_000}, "text"),
        ({"text": "bell \x07"}, "text"),
        ({"text": "half \ud800"}, "text"),
        ({"text": "\udc00\ud800"}, "text"),
        ({"text": "nul \x00"}, "text"),
        ({"text": "\x7f"}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"text": ["a"]}, "text"),
        ({"text": ...}, "text"),
        ({"estate": "nowhere"}, "estate"),
        ({"estate": ""}, "estate"),
        ({"estate": 1}, "estate"),
        ({"estate": "E" * 41}, "estate"),
        ({"estate": "E1\x00"}, "estate"),
        ({"estate": ...}, "estate"),
        ({"channel": "telepathy"}, "channel"),
        ({"channel": {"a": 1}}, "channel"),
        ({"channel": "phone"}, "channel"),
        ({"kind": "gift"}, "kind"),
        ({"anonymous": "yes"}, "anonymous"),
        ({"anonymous": 1}, "anonymous"),
        ({"reporter": "me"}, "reporter"),
        ({"reporter": []}, "reporter"),
        ({"reporter": {"phone": 13800138000}}, "reporter.phone"),
        ({"reporter": {"phone": "1" * 41}}, "reporter.phone"),
        ({"reporter": {"email": "nobody"}}, "reporter.email"),
        ({"reporter": {"name": "x" * 101}}, "reporter.name"),
        ({"reporter": {"name": "\ud83d"}}, "reporter.name"),
        ({"reporter": {"age": 30}}, "reporter.age"),
        ({"received_at": "2026-11-22T04:00:00Z"}, "received_at"),
        ({"demand": "x" * 2001}, "demand"),
        ({"location": {}}, "location"),
        ({"severity": 1}, "severity"),
        ({"\ud800": 1}, "\\ud800"),
    ],
)
def test_a_field_at_fault_is_named(world: World, changes: dict[str, Any], field: str, language: str) -> None:
    answer = _post(world, language, data=_complaint(**changes), content_type="application/json")

    assert fields_of(answer, language) == {field}


@LANGUAGES
@pytest.mark.parametrize(
    "received_at",
    [
        _FUTURE,
        _PAST,
        "2026-11-22T11:59:00",
        "2026-11-22",
        "2026-02-30T00:00:00Z",
        "2026-11-22T25:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "yesterday",
        "",
        5,
        1e308,
    ],
)
def test_a_time_of_receipt_is_an_instant_of_the_past(
    world: World, received_at: object, language: str
) -> None:
    body = _complaint(channel="phone", received_at=received_at)

    answer = _post(world, language, staff=True, data=body, content_type="application/json")

    assert fields_of(answer, language) == {"received_at"}


@LANGUAGES
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null", b"true"])
def test_a_body_is_an_object(world: World, body: bytes, language: str) -> None:
    problem(_post(world, language, data=body, content_type="application/json"), 422, language)


@LANGUAGES
def test_a_method_that_is_not_offered_is_405(world: World, language: str) -> None:
    answer = world.installation.send("DELETE", COMPLAINTS, {"Accept-Language": language})

    problem(answer, 405, language)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_what_was_sent_is_not_sent_back(world: World) -> None:
    reporter = {"name": "司马长卿" * 30, "phone": "13912345678" * 5, "email": "changqing(at)example.cn"}

    answer = _post(world, data=_complaint(reporter=reporter, text="欧阳"), content_type="application/json")

    assert fields_of(answer) == {"reporter.name", "reporter.phone", "reporter.email"}
    assert not any(secret in answer.text for secret in ("司马", "13912345678", "changqing", "欧阳"))


def test_nothing_of_it_was_a_bug(world: World) -> None:
    text = world.installation.services["intake"].app.test_client().get("/metrics").text

    assert 'status="5' not in text
