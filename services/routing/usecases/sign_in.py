"""Signing in, and staying signed in with refresh tokens that serve once (DESIGN §6)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from joserfc.jwk import KeySet
from sqlalchemy import Row

from services.chassis.auth import tokens as access_tokens
from services.chassis.auth.principal import Principal
from services.chassis.ids import new_id
from services.chassis.unit_of_work import UnitOfWork
from services.routing.storage import staff, tokens

#: Random bytes of a refresh token.
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a person gets who signed in; `expires_in` is the life of the access token in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str


def open_family(work: UnitOfWork, keys: KeySet, person: Row[Any], lifetime: timedelta) -> SignIn:
    """Sign in a person whose password was checked: the first tokens of a new family."""
    return _grant(work, keys, person, new_id(), lifetime)


def refresh(work: UnitOfWork, keys: KeySet, token: str, lifetime: timedelta) -> SignIn | None:
    """Exchange a refresh token for new tokens; None if it does not serve (any more).

    A token that was exchanged before has been copied: its whole family ends. Commit in either case.
    """
    known = tokens.lock(work.connection, _digest(token))
    if known is None or known.revoked_at is not None or known.expires_at <= work.now:
        return None
    if known.used_at is not None:
        tokens.revoke_family(work.connection, known.family, work.now)
        return None
    person = staff.by_id(work.connection, known.staff_id)
    if person is None or person.disabled:
        return None
    tokens.use(work.connection, known.digest, work.now)
    return _grant(work, keys, person, known.family, lifetime)


def _grant(work: UnitOfWork, keys: KeySet, person: Row[Any], family: str, lifetime: timedelta) -> SignIn:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    tokens.insert(work.connection, _digest(token), family, person.id, work.now + lifetime)
    principal = Principal(person.id, person.username, person.name, person.role, person.path)
    access = access_tokens.issue(principal, keys, work.now)
    return SignIn(access, int(access_tokens.LIFETIME.total_seconds()), token)


def _digest(token: str) -> str:
    # A random token needs no slow hash: nobody can try them all.
    return hashlib.sha256(token.encode()).hexdigest()
