"""Who may do what: every route of the documents, for every role and for nobody, here and in a foreign subtree."""

from __future__ import annotations

import pytest

from services.standalone import SERVICES
from tests.integration.surface.access_table import ACCESS, ANYBODY, NOBODY, UNDOCUMENTED, Scope
from tests.integration.surface.installation import Installation
from tests.integration.surface.requests import call
from tests.integration.surface.world import UNKNOWN, World

CALLERS = sorted(ANYBODY)
_NAMES = tuple(definition.name for definition in SERVICES)

#: Signing in and staying so is tested by `test_tokens.py`; these need a token of their own kind.
_OWN_TESTS = {"POST /api/routing/tokens/refresh"}


def _routes(installation: Installation) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for name in _NAMES
        for path, operations in installation.send("GET", f"/api/{name}/openapi.json").json["paths"].items()
        for method in operations
        if method != "parameters"
    }


def test_every_route_of_the_documents_has_a_row_and_every_row_a_route(installation: Installation) -> None:
    assert _routes(installation) == set(ACCESS)


@pytest.mark.parametrize("name", _NAMES)
def test_every_route_that_is_served_is_documented_or_known_not_to_be(
    installation: Installation, name: str
) -> None:
    documented = {path for _, _, path in (route.partition(" ") for route in ACCESS)}

    served = {
        rule.rule.replace("<uuid:", "{").replace("<string:", "{").replace("<", "{").replace(">", "}")
        for rule in installation.services[name].app.url_map.iter_rules()
    }

    known = {path.replace("{service}", name) for path in UNDOCUMENTED}
    assert served == {path for path in documented if path.startswith(f"/api/{name}/")} | known


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", sorted(set(ACCESS) - _OWN_TESTS))
def test_a_caller_may_do_what_the_table_says_and_nothing_else(world: World, route: str, caller: str) -> None:
    allowed = caller in ACCESS[route].roles
    fresh = allowed and not route.startswith("GET") and ("{number}" in route or "work-orders" in route)
    things = world.with_new_case() if fresh else world.own

    answer = call(world, caller, route, things)

    if allowed:
        assert answer.status_code < 300 or answer.status_code == 409, answer.text
    else:
        assert answer.status_code == (401 if caller == NOBODY else 403), answer.text


@pytest.mark.parametrize(
    ("route", "caller"),
    [
        (route, caller)
        for route, row in sorted(ACCESS.items())
        if row.scope in (Scope.THING, Scope.FIELD)
        for caller in CALLERS
        if caller != NOBODY
    ],
)
def test_what_is_foreign_does_not_exist(world: World, route: str, caller: str) -> None:
    row = ACCESS[route]
    refusal = 404 if row.scope is Scope.THING else 422

    foreign = call(world, caller, route, world.foreign)
    unknown = call(world, caller, route, UNKNOWN)

    assert foreign.status_code == unknown.status_code == (refusal if caller in row.roles else 403), (
        foreign.text
    )
    assert world.foreign.hidden(foreign.text) == UNKNOWN.hidden(unknown.text)


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/{service}/openapi.json"])
def test_machines_need_no_token(installation: Installation, name: str, path: str) -> None:
    client = installation.services[name].app.test_client()

    assert client.get(path.format(service=name)).status_code == 200


@pytest.mark.parametrize("name", _NAMES)
def test_what_is_nowhere_is_a_404_for_everybody(installation: Installation, name: str) -> None:
    answer = installation.send("GET", f"/api/{name}/secrets")

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
