"""Lists and figures: everybody sees his part of the tenant tree and nothing beside it (DESIGN §5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.surface.access_table import ACCESS, Scope
from tests.integration.surface.requests import REGION, call, path_to
from tests.integration.surface.world import World

_LISTS = sorted(route for route, row in ACCESS.items() if row.scope is Scope.LIST)
_FIGURES = sorted(route for route, row in ACCESS.items() if row.scope is Scope.FIGURES)
#: What adds up over subtrees.
_COUNTS = frozenset({"received", "valid", "resolved", "repeats", "complaints", "on_time"})


def _reader(route: str) -> str:
    return "auditor" if "auditor" in ACCESS[route].roles else "group"


@pytest.mark.parametrize(
    ("route", "caller"), [(route, caller) for route in _LISTS for caller in sorted(ACCESS[route].roles)]
)
def test_a_list_shows_the_own_subtree_only(world: World, route: str, caller: str) -> None:
    answer = call(world, caller, route, world.own)

    assert answer.status_code == 200
    assert any(mark in answer.text for mark in world.own.marks), answer.text
    assert not any(mark in answer.text for mark in world.foreign.marks), answer.text


@pytest.mark.parametrize("path", ["", "G"])
@pytest.mark.parametrize("route", _LISTS)
def test_who_stands_above_both_sees_both(world: World, route: str, path: str) -> None:
    headers = world.installation.headers(_reader(route), path)

    answer = world.installation.send("GET", path_to(route, world.own), headers)

    assert any(mark in answer.text for mark in world.own.marks), answer.text
    assert any(mark in answer.text for mark in world.foreign.marks), answer.text


@pytest.mark.parametrize("path", ["G/EAS", "G/EAST/E", "EAST", "%", "G/%", "G/EAST%", "g/east", "G/EAST/E1/"])
@pytest.mark.parametrize("route", _LISTS)
def test_a_path_is_compared_code_by_code(world: World, route: str, path: str) -> None:
    headers = world.installation.headers(_reader(route), path)

    answer = world.installation.send("GET", path_to(route, world.own), headers)

    assert answer.status_code == 200
    assert not any(mark in answer.text for mark in world.own.marks | world.foreign.marks), answer.text


@pytest.mark.parametrize("route", _FIGURES)
def test_figures_count_the_own_subtree_only(world: World, route: str) -> None:
    def counted(path: str) -> int:
        answer = world.installation.send(
            "GET", path_to(route, world.own), world.installation.headers("centre", path)
        )
        assert answer.status_code == 200, answer.text
        return _sum_of_counts(answer.json)

    own, foreign = counted(world.own.region), counted(world.foreign.region)

    assert own > 0
    assert foreign > 0
    assert counted("G") == counted("") == own + foreign
    assert counted("G/EAS") == counted("g/east") == 0


def _sum_of_counts(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_sum_of_counts, value))
    if not isinstance(value, dict):
        return 0
    return sum(
        each if name in _COUNTS and isinstance(each, int) else _sum_of_counts(each)
        for name, each in value.items()
    )


@pytest.mark.parametrize("scope", ["G/WEST", "G/WEST/W1", "G", "G/NONE", "WEST", "G/EAS", "G/EAST/", "%"])
def test_figures_of_a_foreign_scope_do_not_exist(world: World, scope: str) -> None:
    headers = world.installation.headers("centre", REGION)

    foreign = world.installation.send("GET", "/api/analytics/kpis", headers, query_string={"scope": scope})
    unknown = world.installation.send("GET", "/api/analytics/kpis", headers, query_string={"scope": "NONE"})

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json["detail"].replace(scope, "*") == unknown.json["detail"].replace("NONE", "*")
