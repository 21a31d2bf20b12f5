"""What waits for the consent of a second person, and what was said to it (R51, R103, R117)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import Connection

from services.chassis.auth.principal import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.http.idempotency import Answer, once
from services.chassis.http.paging import page_of
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.approvals import Kind
from services.routing.domain.compensation import Remedy
from services.routing.routes.cases import DECIDING, check
from services.routing.routes.discretion import approval_for
from services.routing.routes.repeats import optional_key
from services.routing.routes.work_orders import HANDLING
from services.routing.schemas.approvals import (
    ApprovalPageSchema,
    ApprovalQuerySchema,
    ApprovalSchema,
    CompensationSchema,
    RemarkSchema,
)
from services.routing.schemas.complaints import ReasonSchema
from services.routing.schemas.work_orders import ToldStepSchema
from services.routing.storage import approvals as storage
from services.routing.storage import estates
from services.routing.usecases import approvals, compensation, consents
from services.routing.usecases.context import Rules
from services.routing.usecases.effects import EFFECTS

_APPROVING = ("head", "director", "centre", "group")
_ASKING = ("handler", *DECIDING)

_APPROVAL = ApprovalSchema()


def blueprint(database: Database, rules: Rules) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("approvals", description="Consent of a second person (R51, R103, R117)")

    @bp.route("/approvals")
    @bp.arguments(ApprovalQuerySchema, location="query")
    @bp.response(200, ApprovalPageSchema)
    @signed_in
    def listing(query: dict[str, Any]) -> dict[str, Any]:
        """List what was asked for in the caller's subtree."""
        page = query.pop("page")
        with database.read() as connection:
            caller = current_principal()
            rows, total = storage.page(connection, scope=caller.path, page=page, **query)
            shown = [_discreet(connection, rules, caller, row) for row in rows]
        return page_of(shown, page, total)

    @bp.route("/approvals/<uuid:approval>")
    @bp.response(200, ApprovalSchema)
    @signed_in
    def one(approval: UUID) -> Mapping[Any, Any]:
        """Show what was asked for, and what was said to it."""
        with database.read() as connection:
            return _shown(connection, rules, str(approval), current_principal())

    def answered(id_: str, action: Callable[[UnitOfWork, Principal], None]) -> Response:
        caller = current_principal()
        key = optional_key()

        def act(work: UnitOfWork) -> Answer:
            action(work, caller)
            return Answer(200, _APPROVAL.dump(_shown(work.connection, rules, id_, caller)))

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

    def asked(action: Callable[[UnitOfWork, Principal], str]) -> Response:
        caller = current_principal()

        def act(work: UnitOfWork) -> Answer:
            made = action(work, caller)
            return Answer(201, _APPROVAL.dump(_shown(work.connection, rules, made, caller)))

        return once(database, optional_key(), act).response()

    @bp.route("/work-orders/<uuid:id_>/answer-consent", methods=["POST"])
    @bp.arguments(ToldStepSchema)
    @bp.response(201, ApprovalSchema)
    @keyed_if_sent
    @requires(*HANDLING)
    def ask_to_answer(body: dict[str, Any], id_: UUID) -> Response:
        """Ask a superior whether a matter of money or planning may be answered so (R103); his consent sends the answer."""
        return asked(
            lambda work, caller: consents.ask_to_answer(work, rules, str(id_), caller, answer=body["note"])
        )

    @bp.route("/complaints/<number>/compensation", methods=["POST"])
    @bp.arguments(CompensationSchema)
    @bp.response(201, ApprovalSchema)
    @keyed_if_sent
    @requires(*_ASKING)
    def ask_to_compensate(body: dict[str, Any], number: str) -> Response:
        """Ask that a complainant be compensated as was agreed with him (R117).

        Amount and agreement are seen by the roles of the policy and by who asked; everybody else reads that it was.
        """
        check(number)
        remedy = Remedy(body.pop("remedy"))
        return asked(
            lambda work, caller: compensation.ask_to_compensate(work, number, caller, remedy=remedy, **body)
        )

    return bp


def _shown(connection: Connection, rules: Rules, id_: str, caller: Principal) -> Mapping[Any, Any]:
    row = storage.find(connection, id_, scope=caller.path)
    if row is None:
        raise NotFound("approval_unknown", id=id_)
    return _discreet(connection, rules, caller, row)


def _discreet(
    connection: Connection, rules: Rules, caller: Principal, row: Mapping[Any, Any]
) -> Mapping[Any, Any]:
    if row["kind"] != Kind.COMPENSATION:
        return row
    place = estates.estates_of(connection, [row["estate"]])[row["estate"]]
    return approval_for(caller, rules.policies.of(place.path), row)
