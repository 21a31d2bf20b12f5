"""Links that are suggested, and what people say to them."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.chassis.auth.principal import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.unit_of_work import UnitOfWork
from services.routing.routes.cases import ShownCases, check
from services.routing.routes.links import LINKING
from services.routing.schemas.complaints import CaseDetailSchema
from services.routing.schemas.links import SuggestionsSchema, VerdictSchema
from services.routing.storage import cases
from services.routing.storage import suggestions as rows
from services.routing.usecases import suggestions
from services.routing.usecases.context import Rules


def blueprint(database: Database, rules: Rules, shown: ShownCases) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("suggestions", description="Complaints that may belong together (R60, R69)")

    @bp.route("/complaints/<number>/suggestions")
    @bp.response(200, SuggestionsSchema)
    @signed_in
    def listing(number: str) -> dict[str, Any]:
        """List the links that are suggested of a complaint and not decided yet, the best first."""
        check(number)
        scope = current_principal().path
        with database.read() as connection:
            if not cases.visible(connection, {number}, scope=scope):
                raise NotFound("complaint_unknown", number=number)
            return {"items": rows.open_of(connection, number, scope=scope)}

    @bp.route("/complaints/<number>/suggestions/<other>/confirm", methods=["POST"])
    @bp.arguments(VerdictSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*LINKING)
    def confirm(body: dict[str, Any], number: str, other: str) -> Response:
        """Say that two complaints belong together as suggested: the link is made."""
        check(other)

        def action(work: UnitOfWork, caller: Principal) -> None:
            suggestions.confirm(work, rules, number, other, scope=caller.path, by=caller.id, **body)

        return shown.acted(number, action)

    @bp.route("/complaints/<number>/suggestions/<other>/dismiss", methods=["POST"])
    @bp.arguments(VerdictSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*LINKING)
    def dismiss(body: dict[str, Any], number: str, other: str) -> Response:
        """Say that two complaints do not belong together; it is not suggested again."""
        check(other)

        def action(work: UnitOfWork, caller: Principal) -> None:
            suggestions.dismiss(work, number, other, scope=caller.path, by=caller.id, **body)

        return shown.acted(number, action)

    return bp
