"""Tokens that are not, or no longer, valid, and staff who no longer work here (DESIGN §6)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from services.chassis.auth.keys import new_key_set, signing_key
from services.chassis.auth.principal import Principal
from services.chassis.auth.tokens import AUDIENCE, ISSUER, issue
from services.chassis.ids import new_id
from tests.integration.surface.access_table import ACCESS
from tests.integration.surface.installation import Installation
from tests.integration.surface.requests import path_to, request_for
from tests.integration.surface.world import World

#: One route of each service that a director may call, and one that needs no token at all.
_DOORS = (
    "/api/intake/complaints",
    "/api/routing/work-orders",
    "/api/notification/messages",
    "/api/analytics/kpis",
    "/api/intake/estates",
)
_DIRECTOR = Principal(id="d", username="d", name="d", role="director", path="G/EAST")


def _claims(installation: Installation, **changes: Any) -> dict[str, Any]:
    now = int(installation.clock.now().timestamp())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 900,
        "sub": "d",
        "username": "d",
        "name": "d",
        "role": "director",
        "path": "G/EAST",
        **changes,
    }


def _signed(installation: Installation, keys: KeySet | None = None, **changes: Any) -> str:
    key = signing_key(keys or installation.keys)
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": signing_key(installation.keys).kid}
    return jwt.encode(header, _claims(installation, **changes), key, algorithms=["Ed25519"])


def _expired(installation: Installation) -> str:
    return issue(_DIRECTOR, installation.keys, installation.clock.now() - timedelta(minutes=17))


def _tampered(installation: Installation) -> str:
    header, payload, signature = _signed(installation).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{_part({**claims, 'path': 'G'})}.{signature}"


def _unsigned(installation: Installation) -> str:
    return f"{_part({'alg': 'none', 'typ': 'at+jwt'})}.{_part(_claims(installation))}."


def _signed_with_the_public_key(installation: Installation) -> str:
    public = signing_key(installation.keys).as_dict(private=False)["x"]
    secret = OctKey.import_key(base64.urlsafe_b64decode(f"{public}=="))
    header = {"alg": "HS256", "typ": "at+jwt", "kid": signing_key(installation.keys).kid}
    return jwt.encode(header, _claims(installation), secret, algorithms=["HS256"])


def _part(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


_REFUSED: Mapping[str, Callable[[Installation], str]] = {
    "expired": _expired,
    "tampered with": _tampered,
    "not signed": _unsigned,
    "signed with the public key as a secret": _signed_with_the_public_key,
    "of another issuer": lambda i: _signed(i, iss="somebody"),
    "for another audience": lambda i: _signed(i, aud="somebody"),
    "signed with a foreign key": lambda i: _signed(i, new_key_set()),
    "without a role": lambda i: _signed(i, role=None),
    "of a path that is no text": lambda i: _signed(i, path=["G"]),
    "without an end": lambda i: _signed(i, exp=None),
    "not a token": lambda i: "abc",
    "empty": lambda i: "",
}


@pytest.mark.parametrize("door", _DOORS)
@pytest.mark.parametrize("token", list(_REFUSED))
def test_a_token_that_is_not_valid_opens_nothing(installation: Installation, door: str, token: str) -> None:
    answer = installation.send("GET", door, {"Authorization": f"Bearer {_REFUSED[token](installation)}"})

    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("door", _DOORS)
@pytest.mark.parametrize("header", ["Basic ZDpk", "bearer", "Bearer", "Bearer a b", ""])
def test_another_header_opens_nothing_either(installation: Installation, door: str, header: str) -> None:
    assert installation.send("GET", door, {"Authorization": header}).status_code == 401


@pytest.mark.parametrize("door", _DOORS)
def test_a_valid_token_opens(installation: Installation, door: str) -> None:
    headers = {"Authorization": f"Bearer {_signed(installation)}"}

    assert installation.send("GET", door, headers).status_code == 200


def test_whoever_is_disabled_is_refused_everywhere_within_five_seconds(world: World) -> None:
    installation = world.installation
    username = "w1-handler"
    tokens = installation.send(
        "POST", "/api/routing/tokens", json={"username": username, "password": "linli-demo"}
    ).json
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    mine = [route for route, row in ACCESS.items() if "handler" in row.roles and route.startswith("GET")]
    assert _answers(world, mine, headers) == dict.fromkeys(mine, 200)

    director = installation.headers("director", "G/WEST")
    done = installation.send("POST", f"/api/routing/staff/{world.foreign.handler}/disable", director)
    assert done.status_code == 200
    installation.carry()
    installation.clock.advance(seconds=4.9)

    for route in ACCESS:
        method, path = route.partition(" ")[0], path_to(route, world.foreign)
        answer = installation.send(method, path, headers, **request_for(route, world.foreign))
        assert answer.status_code == 401, route
    again = {"refresh_token": tokens["refresh_token"]}
    assert installation.send("POST", "/api/routing/tokens/refresh", json=again).status_code == 401

    installation.send("POST", f"/api/routing/staff/{world.foreign.handler}/enable", director)
    installation.carry()
    installation.clock.advance(seconds=4.9)
    assert _answers(world, mine, headers) == dict.fromkeys(mine, 200)


def _answers(world: World, routes: Sequence[str], headers: Mapping[str, str]) -> dict[str, int]:
    def status(route: str) -> int:
        sent = request_for(route, world.foreign)
        return world.installation.send("GET", path_to(route, world.foreign), headers, **sent).status_code

    return {route: status(route) for route in routes}


def test_a_refresh_token_serves_once(world: World) -> None:
    send = world.installation.send
    signed_in = send("POST", "/api/routing/tokens", json={"username": "e1-handler", "password": "linli-demo"})
    token = {"refresh_token": signed_in.json["refresh_token"]}

    first = send("POST", "/api/routing/tokens/refresh", json=token)
    second = send("POST", "/api/routing/tokens/refresh", json=token)
    after = send("POST", "/api/routing/tokens/refresh", json={"refresh_token": first.json["refresh_token"]})

    assert (first.status_code, second.status_code, after.status_code) == (200, 401, 401)


def test_nobody_learns_whether_an_account_exists(world: World) -> None:
    send = world.installation.send

    wrong = send("POST", "/api/routing/tokens", json={"username": "e1-handler", "password": "wrong"})
    unknown = send("POST", "/api/routing/tokens", json={"username": f"x-{new_id()}", "password": "wrong"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.data == unknown.data
