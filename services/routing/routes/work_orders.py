"""Work orders and their steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema
from sqlalchemy import Connection

from services.chassis.auth.principal import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.http.idempotency import Answer, once
from services.chassis.http.paging import page_of
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.work_orders import Position, Status, Step, allowed
from services.routing.routes.repeats import optional_key
from services.routing.schemas.work_orders import (
    PartSchema,
    ResultSchema,
    StepSchema,
    ToldStepSchema,
    TransferSchema,
    WorkOrderPageSchema,
    WorkOrderQuerySchema,
    WorkOrderSchema,
)
from services.routing.storage import work_orders
from services.routing.usecases import parts, steps
from services.routing.usecases.context import Rules

#: Who handles (R91-R95); auditors and operators look on.
HANDLING = ("handler", "head", "director")
#: Who signs off what was handled (R122).
_SIGNING = ("head", "director")

_WORK_ORDER = WorkOrderSchema()

#: What each step asks for besides its note, and in words.
_STEPS = {
    Step.ACCEPT: (StepSchema, "Take the work order on."),
    Step.ANSWER: (
        ToldStepSchema,
        "Tell the complainant what will be done; the first answer stops its clock (R105).",
    ),
    Step.ARRIVE: (StepSchema, "Be on site (R106)."),
    Step.PROGRESS: (StepSchema, "Tell how far it is; the only step that repeats (R118)."),
    Step.RESOLVE: (
        ResultSchema,
        "Say that it is done, the result (R114), and what was at the root of it (R183, R191).",
    ),
    Step.SIGN_OFF: (StepSchema, "Sign for the department (R122); the last one resolves the complaint."),
}


def presented(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A work order with the steps that are possible now."""
    position = Position(
        Status(row["status"]),
        row["answered_at"] is not None,
        row["arrived_at"] is not None,
        row["parent"] is not None,
        row["waits"],
    )
    return {**row, "allowed": sorted(allowed(position))}


def blueprint(database: Database, rules: Rules) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint(
        "work orders", description="Work orders and their steps (R84, R105, R106, R114, R118, R122)"
    )

    @bp.route("/work-orders")
    @bp.arguments(WorkOrderQuerySchema, location="query")
    @bp.response(200, WorkOrderPageSchema)
    @signed_in
    def listing(query: dict[str, Any]) -> dict[str, Any]:
        """List the work orders of the caller's subtree."""
        page = query.pop("page")
        with database.read() as connection:
            rows, total = work_orders.page(
                connection, scope=current_principal().path, page=page, wanted=work_orders.Filter(**query)
            )
        return page_of([presented(row) for row in rows], page, total)

    @bp.route("/work-orders/<uuid:id_>")
    @bp.response(200, WorkOrderSchema)
    @signed_in
    def one(id_: UUID) -> dict[str, Any]:
        """Show a work order."""
        with database.read() as connection:
            return shown(connection, str(id_), current_principal())

    def answered(id_: UUID, action: Callable[[UnitOfWork, Principal], None]) -> Response:
        caller = current_principal()
        key = optional_key()

        def act(work: UnitOfWork) -> Answer:
            action(work, caller)
            return Answer(200, _WORK_ORDER.dump(shown(work.connection, str(id_), caller)))

        return once(database, key, act).response()

    def step_route(step: Step, schema: type[Schema], purpose: str) -> None:
        @requires(*(_SIGNING if step is Step.SIGN_OFF else HANDLING))
        def view(body: dict[str, Any], id_: UUID) -> Response:
            def action(work: UnitOfWork, caller: Principal) -> None:
                steps.take(work, rules, str(id_), step, caller, body["note"], body.get("cause"))

            return answered(id_, action)

        view.__name__ = f"step_{step.name.lower()}"
        view.__doc__ = f"{purpose}\n\nA step out of turn is a 409 that names the steps allowed now."
        documented = bp.arguments(schema)(bp.response(200, WorkOrderSchema)(keyed_if_sent(view)))
        bp.route(f"/work-orders/<uuid:id_>/{step.value}", methods=["POST"])(documented)

    for step, (schema, purpose) in _STEPS.items():
        step_route(step, schema, purpose)

    @bp.route("/work-orders/<uuid:id_>/transfer", methods=["POST"])
    @bp.arguments(TransferSchema)
    @bp.response(200, WorkOrderSchema)
    @keyed_if_sent
    @requires(*HANDLING)
    def transfer(body: dict[str, Any], id_: UUID) -> Response:
        """Give a work order to another person or department."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            assignee = str(body["assignee"]) if body["assignee"] else None
            steps.transfer(
                work,
                rules,
                str(id_),
                caller,
                reason=body["reason"],
                assignee=assignee,
                department=body["department"],
            )

        return answered(id_, action)

    @bp.route("/work-orders/<uuid:id_>/parts", methods=["POST"])
    @bp.arguments(PartSchema)
    @bp.response(201, WorkOrderSchema)
    @keyed_if_sent
    @requires(*HANDLING)
    def share(body: dict[str, Any], id_: UUID) -> Response:
        """Give a part of a work order to another department or person (R100).

        Who has the order keeps it and owns the matter; it is not resolved before its parts are at their end.
        """
        caller = current_principal()

        def act(work: UnitOfWork) -> Answer:
            assignee = str(body["assignee"]) if body["assignee"] else None
            wanted = {"task": body["task"], "department": body["department"], "assignee": assignee}
            part = parts.share(work, rules, str(id_), caller, **wanted)
            return Answer(201, _WORK_ORDER.dump(shown(work.connection, part, caller)))

        return once(database, optional_key(), act).response()

    return bp


def shown(connection: Connection, id_: str, caller: Principal) -> dict[str, Any]:
    """A work order of the caller's subtree with the steps that are possible now. Raises `NotFound`."""
    row = work_orders.find(connection, id_, scope=caller.path)
    if row is None:
        raise NotFound("work_order_unknown", id=id_)
    return presented(row)
