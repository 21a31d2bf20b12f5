"""Cases: looked at, corrected, closed and reopened by staff."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response
from sqlalchemy import Connection, RowMapping

from services.chassis.auth.principal import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.http.idempotency import Answer, once
from services.chassis.http.paging import page_of
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks.record import verdict
from services.routing.routes.repeats import optional_key
from services.routing.routes.work_orders import presented
from services.routing.schemas.complaints import (
    CaseDetailSchema,
    CasePageSchema,
    CaseQuerySchema,
    ClassificationSchema,
    ReasonSchema,
)
from services.routing.storage import cases, clocks, timeline, work_orders
from services.routing.usecases import classification, endings
from services.routing.usecases.context import Rules

#: Who decides on a case (R90, R92, R93); a head and a receiver correct what they see at the desk.
_DECIDING = ("receiver", "head", "director", "centre")

_NUMBER = re.compile(r"[A-Z0-9-]{1,40}", re.ASCII)
_DETAIL = CaseDetailSchema()


def blueprint(database: Database, rules: Rules, clock: Clock) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("cases", description="Complaints as routing handles them")

    @bp.route("/complaints")
    @bp.arguments(CaseQuerySchema, location="query")
    @bp.response(200, CasePageSchema)
    @signed_in
    def listing(query: dict[str, Any]) -> dict[str, Any]:
        """List the complaints of the caller's subtree."""
        page = query.pop("page")
        with database.read() as connection:
            rows, total = cases.page(connection, scope=current_principal().path, page=page, **query)
        return page_of(rows, page, total)

    @bp.route("/complaints/<number>")
    @bp.response(200, CaseDetailSchema)
    @signed_in
    def one(number: str) -> dict[str, Any]:
        """Show a complaint with its work orders, timeline and clocks."""
        with database.read() as connection:
            return _shown(connection, number, current_principal(), clock.now())

    def answered(number: str, action: Callable[[UnitOfWork, Principal], None]) -> Response:
        caller = current_principal()
        key = optional_key()
        if not _NUMBER.fullmatch(number):
            raise NotFound("complaint_unknown", number=number)

        def act(work: UnitOfWork) -> Answer:
            action(work, caller)
            return Answer(200, _DETAIL.dump(_shown(work.connection, number, caller, work.now)))

        return once(database, key, act).response()

    @bp.route("/complaints/<number>/classification", methods=["POST"])
    @bp.arguments(ClassificationSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*_DECIDING)
    def classify(body: dict[str, Any], number: str) -> Response:
        """Correct category or urgency, with the reason (R59, R73-R78)."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            classification.correct(work, rules, number, scope=caller.path, by=caller.id, **body)

        return answered(number, action)

    @bp.route("/complaints/<number>/close", methods=["POST"])
    @bp.arguments(ReasonSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires("head", "director", "centre")
    def close(body: dict[str, Any], number: str) -> Response:
        """Close a complaint with a reason; its open work orders are cancelled."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            endings.close_by_staff(work, rules, number, scope=caller.path, by=caller.id, **body)

        return answered(number, action)

    @bp.route("/complaints/<number>/reopen", methods=["POST"])
    @bp.arguments(ReasonSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*_DECIDING)
    def reopen(body: dict[str, Any], number: str) -> Response:
        """Reopen a resolved or closed complaint: a new round with a new work order (R123)."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            endings.reopen_by_staff(work, rules, number, scope=caller.path, by=caller.id, **body)

        return answered(number, action)

    return bp


def _shown(connection: Connection, number: str, caller: Principal, now: datetime) -> dict[str, Any]:
    case = cases.find(connection, number, scope=caller.path) if _NUMBER.fullmatch(number) else None
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    return {
        **case,
        "work_orders": [presented(row) for row in work_orders.of_case(connection, number)],
        "timeline": timeline.of_case(connection, number),
        "clocks": [_judged(row, now) for row in clocks.of_case(connection, number)],
    }


def _judged(row: RowMapping, now: datetime) -> dict[str, Any]:
    return {**row, "verdict": verdict(row["due_at"], row["stopped_at"], now)}
