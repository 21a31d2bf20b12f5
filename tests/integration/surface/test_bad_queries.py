"""Addresses and queries as nobody should write them: pages, sorts, windows, names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.surface.access_table import ACCESS, Scope, somebody_of
from tests.integration.surface.problems import fields_of, problem
from tests.integration.surface.requests import path_to, request_for
from tests.integration.surface.world import World

COMPLAINTS = "/api/intake/complaints"
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])

#: Against the clock of these tests, which stands still on 22 November 2026 at 04:00 UTC.

_PAGED = sorted(
    route
    for route, row in ACCESS.items()
    if route == "GET /api/intake/estates"
    or route.endswith("dead-letters")
    or (row.scope is Scope.LIST and not route.endswith(("kpis", "departments")))
)


@pytest.mark.parametrize("parameter", ["page", "page_size"])
@pytest.mark.parametrize(
    "value", ["0", "-1", "10001", "abc", "", "1.5", "1e3", "9" * 400, "9" * 5000, "NaN", "0x10", "1\x00"]
)
@pytest.mark.parametrize("route", _PAGED)
def test_a_page_is_a_small_number(world: World, route: str, parameter: str, value: str) -> None:
    answer = _list(world, route, "zh", {parameter: value})

    assert fields_of(answer) == {parameter}


@LANGUAGES
@pytest.mark.parametrize(
    "query", [{"sort": "text; DROP TABLE complaints"}, {"everything": "1"}, {"a\x00": "b"}]
)
@pytest.mark.parametrize("route", _PAGED)
def test_a_query_says_what_the_document_allows(
    world: World, route: str, query: dict[str, str], language: str
) -> None:
    assert fields_of(_list(world, route, language, query), language) == set(query)


@LANGUAGES
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-13-01"}, "to"),
        ({"to": "2026-11-01T00:00:00"}, "to"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "to"),
        ({"by": "weather"}, "by"),
        ({"level": "3"}, "level"),
        ({"kinds": "complaint,gift"}, "kinds"),
        ({"kinds": ""}, "kinds"),
        ({"scope": "\x00"}, "scope"),
        ({"scope": ""}, "scope"),
    ],
)
def test_figures_are_asked_for_in_known_words(
    world: World, query: dict[str, str], field: str, language: str
) -> None:
    assert fields_of(_list(world, "GET /api/analytics/kpis", language, query), language) == {field}


@LANGUAGES
@pytest.mark.parametrize(
    "name",
    [
        "abc",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "TS-20261122-AAAAAA%27%20OR%20%271%27=%271",
        "TS-20261122-AAAAAA%00",
        "%F0%9F%98%80",
        "%FF",
        "x" * 3000,
        "01a20000-0000-7000-8000-00000000000g",
        "{number}",
        "TS-２０２６１１２２-ABCDEF",
    ],
)
@pytest.mark.parametrize("route", sorted(route for route in ACCESS if "{" in route))
def test_what_cannot_be_a_name_is_nowhere(world: World, route: str, name: str, language: str) -> None:
    headers = {**world.installation.headers(somebody_of(route), "G"), "Accept-Language": language}
    method, _, template = route.partition(" ")
    path = template.replace(template[template.index("{") : template.index("}") + 1], name)

    answer = world.installation.send(method, path, headers, **request_for(route, world.own))

    problem(answer, 404, language)


def test_nothing_of_it_was_a_bug(world: World) -> None:
    text = world.installation.services["intake"].app.test_client().get("/metrics").text

    assert 'status="5' not in text


def _list(world: World, route: str, language: str, query: dict[str, str]) -> Any:
    headers = {**world.installation.headers(somebody_of(route), "G"), "Accept-Language": language}
    return world.installation.send("GET", path_to(route, world.own), headers, query_string=query)
