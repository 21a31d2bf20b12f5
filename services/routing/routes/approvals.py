"""What waits for the consent of a second person, and what was said to it (R51)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import Connection, RowMapping

from services.chassis.auth.principal import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.http.idempotency import Answer, once
from services.chassis.http.paging import page_of
from services.chassis.unit_of_work import UnitOfWork
from services.routing.routes.cases import DECIDING
from services.routing.routes.repeats import optional_key
from services.routing.schemas.approvals import (
    ApprovalPageSchema,
    ApprovalQuerySchema,
    ApprovalSchema,
    RemarkSchema,
)
from services.routing.schemas.complaints import ReasonSchema
from services.routing.storage import approvals as storage
from services.routing.usecases import approvals
from services.routing.usecases.context import Rules
from services.routing.usecases.effects import EFFECTS

_APPROVING = ("head", "director", "centre", "group")
_ASKING = ("handler", *DECIDING)

_APPROVAL = ApprovalSchema()


def blueprint(database: Database, rules: Rules) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("approvals", description="Consent of a second person (R51)")

    @bp.route("/approvals")
    @bp.arguments(ApprovalQuerySchema, location="query")
    @bp.response(200, ApprovalPageSchema)
    @signed_in
    def listing(query: dict[str, Any]) -> dict[str, Any]:
        """List what was asked for in the caller's subtree."""
        page = query.pop("page")
        with database.read() as connection:
            rows, total = storage.page(connection, scope=current_principal().path, page=page, **query)
        return page_of(rows, page, total)

    @bp.route("/approvals/<uuid:approval>")
    @bp.response(200, ApprovalSchema)
    @signed_in
    def one(approval: UUID) -> RowMapping:
        """Show what was asked for, and what was said to it."""
        with database.read() as connection:
            return _shown(connection, str(approval), current_principal())

    def answered(id_: str, action: Callable[[UnitOfWork, Principal], None]) -> Response:
        caller = current_principal()
        key = optional_key()

        def act(work: UnitOfWork) -> Answer:
            action(work, caller)
            return Answer(200, _APPROVAL.dump(_shown(work.connection, id_, caller)))

        return once(database, key, act).response()

    @bp.route("/approvals/<uuid:approval>/grant", methods=["POST"])
    @bp.arguments(RemarkSchema)
    @bp.response(200, ApprovalSchema)
    @keyed_if_sent
    @requires(*_APPROVING)
    def grant(body: dict[str, Any], approval: UUID) -> Response:
        """Consent; what was asked for is done. Nobody consents to what he asked for himself."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            reason = body["reason"]
            approvals.decide(work, rules, str(approval), caller, granted=True, reason=reason, effects=EFFECTS)

        return answered(str(approval), action)

    @bp.route("/approvals/<uuid:approval>/refuse", methods=["POST"])
    @bp.arguments(ReasonSchema)
    @bp.response(200, ApprovalSchema)
    @keyed_if_sent
    @requires(*_APPROVING)
    def refuse(body: dict[str, Any], approval: UUID) -> Response:
        """Refuse, with the reason; the case goes on."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            reason = body["reason"]
            approvals.decide(
                work, rules, str(approval), caller, granted=False, reason=reason, effects=EFFECTS
            )

        return answered(str(approval), action)

    @bp.route("/approvals/<uuid:approval>/withdraw", methods=["POST"])
    @bp.arguments(RemarkSchema)
    @bp.response(200, ApprovalSchema)
    @keyed_if_sent
    @requires(*_ASKING)
    def withdraw(body: dict[str, Any], approval: UUID) -> Response:
        """Take back what one asked for."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            approvals.withdraw(work, str(approval), caller, reason=body["reason"])

        return answered(str(approval), action)

    return bp


def _shown(connection: Connection, id_: str, caller: Principal) -> RowMapping:
    row = storage.find(connection, id_, scope=caller.path)
    if row is None:
        raise NotFound("approval_unknown", id=id_)
    return row
