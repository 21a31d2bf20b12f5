"""Access tokens: short-lived JWTs signed with Ed25519 (DESIGN §6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.chassis.auth.keys import signing_key
from services.chassis.auth.principal import Principal

ALGORITHM = "Ed25519"
TYPE = "at+jwt"
ISSUER = "linli"
AUDIENCE = "linli"

#: Life of an access token.
LIFETIME = timedelta(minutes=15)

#: How far the clocks of two machines may differ.
LEEWAY = timedelta(minutes=1)

_CLAIMS = ("sub", "username", "name", "role", "path")


class InvalidToken(Exception):
    """The token is forged, malformed, expired or not meant for us; the argument says which, for the log."""


def issue(principal: Principal, keys: KeySet, now: datetime, lifetime: timedelta = LIFETIME) -> str:
    """Return a token for ``principal``, signed by the newest key of the private set ``keys``."""
    key = signing_key(keys)
    issued = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "sub": principal.id,
        "username": principal.username,
        "name": principal.name,
        "role": principal.role,
        "path": principal.path,
    }
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}
    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])


def verify(token: str, keys: KeySet, now: datetime) -> tuple[Principal, datetime]:
    """Return whom a token stands for, and until when. Raises ``InvalidToken``."""
    try:
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
        _claims_registry(now).validate(decoded.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidToken(type(error).__name__) from error
    if decoded.header.get("typ") != TYPE:
        raise InvalidToken("typ")
    claims = decoded.claims
    if not all(isinstance(claims[name], str) for name in _CLAIMS):
        raise InvalidToken("claims")
    principal = Principal(claims["sub"], claims["username"], claims["name"], claims["role"], claims["path"])
    return principal, datetime.fromtimestamp(claims["exp"], UTC)


class VerifiedTokens:
    """Tokens whose signature was checked: a caller sends the same one for minutes, and the check costs more than the rest.

    One counts as known from the instant it was checked until it expires: where the clock was put back it is checked again.
    """

    def __init__(self, capacity: int = 1_000) -> None:
        self._capacity = capacity
        self._of_keys: tuple[KeySet | None, dict[str, tuple[Principal, datetime, datetime]]] = (None, {})

    def principal(self, token: str, keys: KeySet, now: datetime) -> Principal:
        """Return whom a token stands for by the keys valid now. Raises ``InvalidToken``."""
        checked_with, known = self._of_keys
        if checked_with is not keys:
            # One value: another thread must not put a token of the old keys among those of the new.
            known = {}
            self._of_keys = (keys, known)
        found = known.get(token)
        if found is not None and found[1] <= now < found[2]:
            return found[0]
        principal, expires = verify(token, keys, now)
        if len(known) >= self._capacity:
            known.clear()
        known[token] = (principal, now, expires)
        return principal


def _claims_registry(now: datetime) -> jwt.JWTClaimsRegistry:
    rules: dict[str, jwt.ClaimsOption] = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
        "iat": {"essential": True},
        "exp": {"essential": True},
    }
    # Whoever sees everything has the empty path.
    rules.update({name: {"essential": True, "allow_blank": name == "path"} for name in _CLAIMS})
    return jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()), **rules)
