"""A token is taken only if we signed it, for us, and it is still young."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from services.chassis.auth.keys import new_key_set, public, rotate, signing_key
from services.chassis.auth.principal import Principal
from services.chassis.auth.tokens import (
    ALGORITHM,
    LEEWAY,
    LIFETIME,
    TYPE,
    InvalidToken,
    VerifiedTokens,
    issue,
    verify,
)
from services.chassis.testing.clock import DEFAULT_START as NOW

KEYS = new_key_set()
JWKS = public(KEYS)
HEAD = Principal(id="s-1", username="head", name="王主管", role="head", path="g.r1")


def forged(claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None) -> str:
    """A token of our key with some claims or header changed; ``None`` leaves one out."""
    issued = int(NOW.timestamp())
    full = {
        "iss": "linli",
        "aud": "linli",
        "iat": issued,
        "exp": issued + 60,
        "sub": "s-1",
        "username": "head",
        "name": "王",
        "role": "head",
        "path": "",
        **(claims or {}),
    }
    key = signing_key(KEYS)
    kept = {name: value for name, value in full.items() if value is not None}
    head = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid, **(header or {})}
    return jwt.encode(head, kept, key, algorithms=[ALGORITHM])


def test_a_token_gives_back_whom_it_was_issued_to() -> None:
    assert verify(issue(HEAD, KEYS, NOW), JWKS, NOW)[0] == HEAD


def test_a_token_lives_fifteen_minutes_and_the_leeway() -> None:
    token = issue(HEAD, KEYS, NOW)

    assert verify(token, JWKS, NOW + LIFETIME)[0] == HEAD
    with pytest.raises(InvalidToken, match="Expired"):
        verify(token, JWKS, NOW + LIFETIME + LEEWAY + timedelta(seconds=1))


def test_the_leeway_is_never_more_than_five_minutes() -> None:
    assert timedelta(minutes=5) >= LEEWAY


def test_a_token_of_the_key_before_the_rotation_is_still_taken() -> None:
    token = issue(HEAD, KEYS, NOW)

    once, twice = rotate(KEYS), rotate(rotate(KEYS))

    assert verify(token, public(once), NOW)[0] == HEAD
    with pytest.raises(InvalidToken):
        verify(token, public(twice), NOW)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"iat": int(NOW.timestamp()) + 3600},
        {"sub": None},
        {"role": None},
        {"role": ["head"]},
        {"path": 7},
        {"exp": "soon"},
    ],
)
def test_a_token_with_wrong_claims_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        verify(forged(claims), JWKS, NOW)


def test_a_token_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidToken):
        verify(forged(header={"typ": "JWT"}), JWKS, NOW)


def test_a_token_of_a_foreign_key_is_refused() -> None:
    with pytest.raises(InvalidToken):
        verify(issue(HEAD, new_key_set(), NOW), JWKS, NOW)


def test_an_unsigned_token_and_one_signed_with_the_public_key_as_a_secret_are_refused() -> None:
    _, payload, _ = forged().split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": TYPE}).encode()).rstrip(b"=").decode()
    secret = OctKey.import_key(JWKS.as_dict()["keys"][0]["x"])
    confused = jwt.encode({"alg": "HS256", "typ": TYPE}, {"sub": "s-1"}, secret, algorithms=["HS256"])

    for token in (f"{none}.{payload}.", confused):
        with pytest.raises(InvalidToken):
            verify(token, JWKS, NOW)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "....", "é.è.ê", "\x00", "a" * 10_000])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        verify(text, JWKS, NOW)


def test_a_token_that_was_checked_is_known_until_it_expires() -> None:
    tokens, token = VerifiedTokens(), issue(HEAD, KEYS, NOW)

    assert tokens.principal(token, JWKS, NOW) is tokens.principal(token, JWKS, NOW + LIFETIME / 2)
    with pytest.raises(InvalidToken):
        tokens.principal(token, JWKS, NOW + LIFETIME + LEEWAY + timedelta(seconds=1))


@pytest.mark.parametrize("known", [True, False])
def test_when_the_clock_is_put_back_a_token_is_one_of_the_future_whether_it_was_known_or_not(
    known: bool,
) -> None:
    tokens, token = VerifiedTokens(), issue(HEAD, KEYS, NOW)
    if known:
        tokens.principal(token, JWKS, NOW)

    assert tokens.principal(token, JWKS, NOW - LEEWAY) == HEAD
    with pytest.raises(InvalidToken):
        tokens.principal(token, JWKS, NOW - timedelta(minutes=5))


def test_a_token_that_was_checked_is_not_known_by_other_keys() -> None:
    tokens, token = VerifiedTokens(), issue(HEAD, KEYS, NOW)
    tokens.principal(token, JWKS, NOW)

    with pytest.raises(InvalidToken):
        tokens.principal(token, public(new_key_set()), NOW)


def test_so_many_tokens_are_remembered_and_all_are_checked() -> None:
    tokens = VerifiedTokens(capacity=2)

    for name in "abc":
        one = Principal(id=name, username=name, name=name, role="head", path="g")
        assert tokens.principal(issue(one, KEYS, NOW), JWKS, NOW) == one
    with pytest.raises(InvalidToken):
        tokens.principal(forged({"aud": "another"}), JWKS, NOW)
