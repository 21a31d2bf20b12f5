"""Signing in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import request
from joserfc.jwk import KeySet

from services.chassis.database import Database
from services.chassis.http.access import public
from services.chassis.http.blueprint import Blueprint
from services.chassis.http.errors import Unauthorized
from services.chassis.http.rate_limit import allow
from services.routing.passwords import Passwords
from services.routing.schemas.staff import RefreshRequestSchema, TokenRequestSchema, TokenSchema
from services.routing.settings import RoutingSettings
from services.routing.storage import staff
from services.routing.usecases import sign_in
from services.routing.usecases.sign_in import SignIn


def blueprint(
    database: Database, passwords: Passwords, keys: Callable[[], KeySet], settings: RoutingSettings
) -> Blueprint:
    """The routes, over this database; `keys` gives the private set."""
    bp = Blueprint("tokens", description="Signing in")
    lifetime = timedelta(seconds=settings.refresh_lifetime)

    def count_try(keys_of_try: list[str], limit: int) -> None:
        with database.begin() as work:
            allow(work.connection, keys_of_try, limit=limit, now=work.now)

    @bp.route("/tokens", methods=["POST"])
    @bp.arguments(TokenRequestSchema)
    @bp.response(200, TokenSchema)
    @public
    def sign_in_with_password(body: dict[str, Any]) -> SignIn:
        """Sign in; an unknown name, a wrong password and a disabled person are told alike."""
        count_try([f"sign-in:address:{request.remote_addr or 'unknown'}"], settings.sign_ins_per_address)
        count_try([f"sign-in:username:{body['username']}"], settings.sign_ins_per_username)
        with database.read() as connection:
            person = staff.by_username(connection, body["username"])
        known = person.password_hash if person is not None and not person.disabled else None
        if not passwords.matches(known, body["password"]) or person is None:
            raise Unauthorized("sign_in_refused")
        with database.begin() as work:
            return sign_in.open_family(work, keys(), person, lifetime)

    @bp.route("/tokens/refresh", methods=["POST"])
    @bp.arguments(RefreshRequestSchema)
    @bp.response(200, TokenSchema)
    @public
    def refresh(body: dict[str, Any]) -> SignIn:
        """Exchange a refresh token; used twice, it ends every sign-in that came of it."""
        with database.begin() as work:
            renewed = sign_in.refresh(work, keys(), body["refresh_token"], lifetime)
        if renewed is None:
            raise Unauthorized("refresh_refused")
        return renewed

    return bp
