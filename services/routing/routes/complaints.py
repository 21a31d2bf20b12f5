"""Cases: looked at and corrected by staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.chassis.auth.principal import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.http.paging import page_of
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.severity import Fact, FactName
from services.routing.routes.cases import DECIDING, ShownCases, labelled
from services.routing.schemas.complaints import (
    CaseDetailSchema,
    CasePageSchema,
    CaseQuerySchema,
    ClassificationSchema,
    ReportSchema,
)
from services.routing.storage import cases, estates
from services.routing.usecases import classification
from services.routing.usecases.context import Rules

#: Who hears what makes a matter graver: also who handles it, and the group.
_REPORTING = (*DECIDING, "handler", "group")


def blueprint(database: Database, rules: Rules, clock: Clock, shown: ShownCases) -> Blueprint:
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
            places = estates.estates_of(connection, {row["estate"] for row in rows})
        items = labelled(rules, rows, places)
        return page_of(items, page, total)

    @bp.route("/complaints/<number>")
    @bp.response(200, CaseDetailSchema)
    @signed_in
    def one(number: str) -> dict[str, Any]:
        """Show a complaint with its work orders, timeline and clocks."""
        with database.read() as connection:
            return shown.shown(connection, number, current_principal(), clock.now())

    @bp.route("/complaints/<number>/classification", methods=["POST"])
    @bp.arguments(ClassificationSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*DECIDING)
    def classify(body: dict[str, Any], number: str) -> Response:
        """Correct category, urgency or severity, with the reason (R59, R70, R73-R78)."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            wanted = classification.Correction(caller.id, **body)
            classification.correct(work, rules, number, wanted, scope=caller.path)

        return shown.acted(number, action)

    @bp.route("/complaints/<number>/facts", methods=["POST"])
    @bp.arguments(ReportSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*_REPORTING)
    def report(body: dict[str, Any], number: str) -> Response:
        """Say what is known of a complaint; its severity follows (R60-R64, R66-R68). What is known already changes nothing."""
        reported = [Fact(FactName(each["name"]), each["value"]) for each in body["facts"]]

        def action(work: UnitOfWork, caller: Principal) -> None:
            source = classification.Reporter(caller.id, body["reason"], caller.path)
            classification.report(work, rules, number, reported, source)

        return shown.acted(number, action)

    return bp
