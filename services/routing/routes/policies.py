"""Policy documents: what holds where, since when and why."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.chassis.database import Database
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.http.idempotency import Answer, once
from services.chassis.http.paging import page_of
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.rules import Pack
from services.routing.routes.repeats import optional_key
from services.routing.schemas.policies import (
    PolicyChangeSchema,
    PolicyHistoryQuerySchema,
    PolicyHistorySchema,
    PolicyQuerySchema,
    PolicySchema,
)
from services.routing.storage import policies as rows
from services.routing.usecases import policies
from services.routing.usecases.policies import Change

_SHOWN = PolicySchema()


def blueprint(database: Database, pack: Pack) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("policies", description="What the rules leave to the operator, by place")

    @bp.route("/policies")
    @bp.arguments(PolicyQuerySchema, location="query")
    @bp.response(200, PolicySchema)
    @signed_in
    def one(query: dict[str, Any]) -> dict[str, Any]:
        """Show the policy that holds at a place, and where each value comes from."""
        scope = current_principal().path
        with database.read() as connection:
            return policies.shown(connection, query.get("path", scope), scope=scope)

    @bp.route("/policies", methods=["PUT"])
    @bp.arguments(PolicyChangeSchema)
    @bp.response(200, PolicySchema)
    @keyed_if_sent
    @requires("director", "centre", "group")
    def put(body: dict[str, Any]) -> Response:
        """Set the document of a place, with the reason; it holds everywhere within seconds."""
        caller = current_principal()
        change = Change(**body, by=caller.id)

        def act(work: UnitOfWork) -> Answer:
            policies.put(work, pack, change, scope=caller.path)
            shown = policies.shown(work.connection, change.path, scope=caller.path)
            return Answer(200, _SHOWN.dump(shown))

        return once(database, optional_key(), act).response()

    @bp.route("/policies/history")
    @bp.arguments(PolicyHistoryQuerySchema, location="query")
    @bp.response(200, PolicyHistorySchema)
    @signed_in
    def history(query: dict[str, Any]) -> dict[str, Any]:
        """List the versions of policy documents in the caller's subtree, newest first."""
        page = query.pop("page")
        with database.read() as connection:
            items, total = rows.page(connection, scope=current_principal().path, page=page, **query)
        return page_of(items, page, total)

    return bp
