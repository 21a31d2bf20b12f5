"""Signing in: who gets tokens, how they are renewed, and what ends them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.auth.tokens import verify
from services.chassis.database import Database
from services.chassis.testing.auth import TestAuth
from services.chassis.testing.clock import ManualClock
from services.routing.passwords import Passwords
from services.routing.storage.tables import refresh_tokens
from services.routing.usecases.staff import COMMAND_LINE, appoint, set_disabled, set_password
from tests.integration.routing.conftest import Rows, person

TOKENS = "/api/routing/tokens"
PASSWORD = "correct horse"


@pytest.fixture
def wang(database: Database, passwords: Passwords) -> str:
    """The id of a person who may sign in."""
    wanted = person("wang", "security", password_hash=passwords.hash(PASSWORD))
    with database.begin() as work:
        return appoint(work, COMMAND_LINE, wanted, "zh")


def signed_in(client: FlaskClient, username: str = "wang", password: str = PASSWORD) -> Any:
    return client.post(TOKENS, json={"username": username, "password": password})


def renewed(client: FlaskClient, token: str) -> Any:
    return client.post(f"{TOKENS}/refresh", json={"refresh_token": token})


def test_the_token_says_who_he_is(
    client: FlaskClient, wang: str, auth: TestAuth, clock: ManualClock, rows: Rows
) -> None:
    answer = signed_in(client)

    assert (answer.status_code, answer.json["expires_in"]) == (200, 900)
    principal, _ = verify(answer.json["access_token"], auth.current(), clock.now())
    assert (principal.id, principal.role, principal.path) == (wang, "handler", "linli/east/cuihu")
    assert answer.json["refresh_token"] not in str(rows(refresh_tokens)), "only its digest is kept"


def test_unknown_wrong_and_disabled_are_told_alike(
    client: FlaskClient, wang: str, database: Database
) -> None:
    wrong = signed_in(client, password="wrong horse")
    unknown = signed_in(client, "nobody")
    with database.begin() as work:
        set_disabled(work, COMMAND_LINE, wang, disabled=True)
    disabled = signed_in(client)

    assert {answer.status_code for answer in (wrong, unknown, disabled)} == {401}
    assert wrong.json["code"] == unknown.json["code"] == disabled.json["code"]


def test_a_refresh_token_serves_once_and_a_copy_ends_the_sign_in(client: FlaskClient, wang: str) -> None:
    first = signed_in(client).json["refresh_token"]
    second = renewed(client, first)
    assert second.status_code == 200

    assert renewed(client, first).status_code == 401
    assert renewed(client, second.json["refresh_token"]).status_code == 401, "the whole family ends"
    other = signed_in(client).json["refresh_token"]
    assert renewed(client, other).status_code == 200, "another sign-in goes on"


def test_refresh_tokens_end_with_time_disabling_and_a_new_password(
    client: FlaskClient, wang: str, database: Database, clock: ManualClock, passwords: Passwords
) -> None:
    tokens = [signed_in(client).json["refresh_token"] for _ in range(3)]
    with database.begin() as work:
        set_password(work, wang, passwords.hash("another horse"))
    assert renewed(client, tokens[0]).status_code == 401

    token = signed_in(client, password="another horse").json["refresh_token"]
    clock.advance(days=31)
    assert renewed(client, token).status_code == 401

    token = signed_in(client, password="another horse").json["refresh_token"]
    with database.begin() as work:
        set_disabled(work, COMMAND_LINE, wang, disabled=True)
    assert renewed(client, token).status_code == 401


def test_guessing_is_slowed_down_for_a_name(client: FlaskClient, wang: str, clock: ManualClock) -> None:
    answers = [signed_in(client, password="wrong horse").status_code for _ in range(11)]

    assert answers == [401] * 10 + [429]
    assert signed_in(client).status_code == 429
    clock.advance(minutes=1)
    assert signed_in(client).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "wang"}, {"username": "wang", "password": 1}, {"username": "\x00", "password": "x"}],
)
def test_what_is_no_sign_in_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post(TOKENS, json=body).status_code == 422


def test_a_token_nobody_gave_out_is_refused(client: FlaskClient) -> None:
    assert renewed(client, "made-up").status_code == 401
