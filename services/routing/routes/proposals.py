"""What was found out, and the solution that is agreed with the complainant (R108-R113)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response

from services.chassis.auth.principal import Principal
from services.chassis.database import Database
from services.chassis.http.access import current_principal, requires
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.http.idempotency import Answer, once
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.findings import Finding, Way
from services.routing.routes.repeats import optional_key
from services.routing.routes.work_orders import HANDLING, shown
from services.routing.schemas.proposals import (
    AgreementSchema,
    FindingSchema,
    ProposalRequestSchema,
    ProposalSchema,
)
from services.routing.schemas.work_orders import WorkOrderSchema
from services.routing.storage import proposals as storage
from services.routing.usecases import findings, proposals
from services.routing.usecases.context import Rules

_PROPOSAL = ProposalSchema()
_WORK_ORDER = WorkOrderSchema()


def blueprint(database: Database, rules: Rules) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("proposals", description="Findings, and solutions agreed with the complainant (R108-R113)")

    @bp.route("/work-orders/<uuid:id_>/findings", methods=["POST"])
    @bp.arguments(FindingSchema)
    @bp.response(201, WorkOrderSchema)
    @keyed_if_sent
    @requires(*HANDLING)
    def find(body: dict[str, Any], id_: UUID) -> Response:
        """Write down for colleagues what was found out: by asking, from witnesses, on site, in a mediation."""
        caller = current_principal()

        def act(work: UnitOfWork) -> Answer:
            findings.note(work, str(id_), caller, kind=Finding(body["kind"]), text=body["text"])
            return Answer(201, _WORK_ORDER.dump(shown(work.connection, str(id_), caller)))

        return once(database, optional_key(), act).response()

    def proposed(id_: UUID, status: int, action: Callable[[UnitOfWork, Principal], None]) -> Response:
        caller = current_principal()

        def act(work: UnitOfWork) -> Answer:
            action(work, caller)
            number = shown(work.connection, str(id_), caller)["number"]
            return Answer(status, _PROPOSAL.dump(storage.of_case(work.connection, number)[-1]))

        return once(database, optional_key(), act).response()

    @bp.route("/work-orders/<uuid:id_>/proposal", methods=["POST"])
    @bp.arguments(ProposalRequestSchema)
    @bp.response(201, ProposalSchema)
    @keyed_if_sent
    @requires(*HANDLING)
    def propose(body: dict[str, Any], id_: UUID) -> Response:
        """Propose a solution: its result, by when, and what is promised (R111).

        The complainant reads it in his progress. One that was not answered is replaced.
        """
        return proposed(
            id_, 201, lambda work, caller: proposals.propose(work, rules, str(id_), caller, **body)
        )

    @bp.route("/work-orders/<uuid:id_>/proposal/agreement", methods=["POST"])
    @bp.arguments(AgreementSchema)
    @bp.response(200, ProposalSchema)
    @keyed_if_sent
    @requires(*HANDLING)
    def agree(body: dict[str, Any], id_: UUID) -> Response:
        """Write down whether the complainant agreed to the proposal, and how he said so (R112)."""
        way = Way(body.pop("way"))
        return proposed(
            id_, 200, lambda work, caller: proposals.answer(work, str(id_), caller, way=way, **body)
        )

    return bp
