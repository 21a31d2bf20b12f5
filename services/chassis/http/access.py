"""Who may call a route: every view says so, or the application does not start.

``@public``, ``@signed_in`` or ``@requires(role, …)`` stands directly above the view function. The check runs
before anything of the request is read, so that an unknown caller learns nothing of what a route expects.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask import Flask, g, request
from joserfc.jwk import KeySet

from services.chassis.auth.principal import Principal
from services.chassis.auth.tokens import InvalidToken, VerifiedTokens
from services.chassis.clock import Clock
from services.chassis.errors import Forbidden
from services.chassis.http.errors import Unauthorized

View = TypeVar("View", bound=Callable[..., Any])

#: Name of the scheme in the OpenAPI documents.
SECURITY_SCHEME = "bearer"


@dataclass(frozen=True)
class Access:
    """What a view asks of its caller; ``roles`` is ``None`` where any signed-in principal may call."""

    token_needed: bool
    roles: frozenset[str] | None = None


class UnmarkedRoute(Exception):
    """A route does not say who may call it."""


class Keys(Protocol):
    """Where the public keys come from; ``auth.keys.JwksFile`` is one."""

    def current(self) -> KeySet:
        """Return the keys valid now."""


class Disabled(Protocol):
    """Who is refused in spite of a valid token; ``auth.revocation.DisabledPrincipals`` is one."""

    def is_disabled(self, principal_id: str) -> bool:
        """Say whether the principal is refused."""


class Gate:
    """Turns the ``Authorization`` header into a principal that is valid now."""

    def __init__(self, keys: Keys, disabled: Disabled, clock: Clock) -> None:
        self._keys = keys
        self._disabled = disabled
        self._clock = clock
        self._verified = VerifiedTokens()

    def admit(self, authorization: str | None) -> Principal | None:
        """Return the principal, ``None`` where no header was sent. Raises ``Unauthorized``."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized()
        try:
            principal = self._verified.principal(token.strip(), self._keys.current(), self._clock.now())
        except InvalidToken as error:
            raise Unauthorized("invalid_token") from error
        if self._disabled.is_disabled(principal.id):
            raise Unauthorized("invalid_token")
        return principal


def public(view: View) -> View:
    """Let anybody call the view; a token that is sent must still be valid."""
    return _mark(view, Access(token_needed=False), [])


def signed_in(view: View) -> View:
    """Let any principal call the view."""
    return _mark(view, Access(token_needed=True), [{SECURITY_SCHEME: []}])


def requires(*roles: str) -> Callable[[View], View]:
    """Let principals of these roles call the view."""
    if not roles:
        raise ValueError("requires() needs a role; use signed_in for any")

    def decorate(view: View) -> View:
        return _mark(view, Access(True, frozenset(roles)), [{SECURITY_SCHEME: []}])

    return decorate


def access_of(view: Callable[..., Any]) -> Access | None:
    """Return what a view asks of its caller, ``None`` if it does not say."""
    access = getattr(view, "_access", None)
    return access if isinstance(access, Access) else None


def current_principal() -> Principal:
    """Return who calls. Raises ``Unauthorized`` where nobody signed in."""
    principal = optional_principal()
    if principal is None:
        raise Unauthorized()
    return principal


def optional_principal() -> Principal | None:
    """Return who calls, ``None`` for a caller without a token."""
    principal = g.get("principal")
    return principal if isinstance(principal, Principal) else None


def guard(app: Flask, gate: Gate) -> None:
    """Check every request to ``app`` before its view runs."""

    def check() -> None:
        view = app.view_functions.get(request.endpoint or "")
        access = access_of(view) if view is not None else None
        if access is None:
            return
        g.principal = gate.admit(request.headers.get("Authorization"))
        if not access.token_needed:
            return
        principal = current_principal()
        if access.roles is not None and principal.role not in access.roles:
            raise Forbidden("role_not_allowed")

    app.before_request(check)


def refuse_unmarked(app: Flask) -> None:
    """Raise ``UnmarkedRoute`` naming every view below ``/api`` that does not say who may call it."""
    unmarked = sorted(
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if access_of(app.view_functions[rule.endpoint]) is None
    )
    if unmarked:
        raise UnmarkedRoute(", ".join(unmarked))


def _mark(view: View, access: Access, security: list[dict[str, list[str]]]) -> View:
    marked: Any = view
    marked._access = access
    marked._apidoc = deepcopy(getattr(view, "_apidoc", {}))
    marked._apidoc.setdefault("manual_doc", {})["security"] = security
    if access.roles is not None:
        marked._apidoc["manual_doc"]["x-roles"] = sorted(access.roles)
    return view
