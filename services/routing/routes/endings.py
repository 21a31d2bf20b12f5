"""What people decide about a case: whether it is valid, that it is closed, that it goes on, that it is malicious."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.chassis.auth.principal import Principal
from services.chassis.http.access import requires
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.approvals import ENDING
from services.routing.domain.verification import Verdict
from services.routing.routes.cases import DECIDING, ShownCases
from services.routing.schemas.approvals import ConsentSchema, VerificationSchema
from services.routing.schemas.complaints import (
    CaseDetailSchema,
    ClosingSchema,
    MaliciousSchema,
    ReasonSchema,
    SendBackSchema,
)
from services.routing.usecases import abnormal_closing, approvals, endings, malicious, verification
from services.routing.usecases.context import Rules
from services.routing.usecases.effects import EFFECTS


def blueprint(rules: Rules, cases: ShownCases) -> Blueprint:
    """The routes."""
    bp = Blueprint("endings", description="Verification, closing and reopening (R11, R47-R54, R123, R138)")

    @bp.route("/complaints/<number>/verification", methods=["POST"])
    @bp.arguments(VerificationSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires("handler", *DECIDING)
    def verify(body: dict[str, Any], number: str) -> Response:
        """Say whether a complaint is valid (R47, R48).

        Valid holds at once. Invalid ends the case with the explanation once a second person has consented (R51, R52).
        """
        verdict = Verdict(body.pop("verdict"))

        def action(work: UnitOfWork, caller: Principal) -> None:
            verification.verify(work, rules, number, caller, verdict=verdict, **body)

        return cases.acted(number, action)

    @bp.route("/complaints/<number>/close", methods=["POST"])
    @bp.arguments(ClosingSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires("head", "director", "centre")
    def close(body: dict[str, Any], number: str) -> Response:
        """Ask that a complaint be closed before its regular end (R51); its open work orders are cancelled then.

        What becomes of open complaints that are joined to it, or duplicates of it, is to be said by kind: `close` or `keep`.
        A complaint closes by itself once it is signed off and its complainant content or not reached (R122, R131, R135).
        """

        def action(work: UnitOfWork, caller: Principal) -> None:
            abnormal_closing.close_by_staff(work, rules, number, caller, **body)

        return cases.acted(number, action)

    @bp.route("/complaints/<number>/close-approval", methods=["POST"])
    @bp.arguments(ConsentSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires("head", "director", "centre", "group")
    def decide(body: dict[str, Any], number: str) -> Response:
        """Grant or refuse what would end a complaint: its abnormal closing, or the verdict that it is invalid (R51)."""
        granted = body["decision"] == "grant"

        def action(work: UnitOfWork, caller: Principal) -> None:
            id_ = approvals.open_id(work, number, ENDING, scope=caller.path)
            approvals.decide(
                work, rules, id_, caller, granted=granted, reason=body["reason"], effects=EFFECTS
            )

        return cases.acted(number, action)

    @bp.route("/complaints/<number>/reopen", methods=["POST"])
    @bp.arguments(ReasonSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*DECIDING)
    def reopen(body: dict[str, Any], number: str) -> Response:
        """Reopen a resolved, closed or invalid complaint: a new round with a new work order (R123)."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            endings.reopen_by_staff(work, rules, number, scope=caller.path, by=caller.id, **body)

        return cases.acted(number, action)

    @bp.route("/complaints/<number>/send-back", methods=["POST"])
    @bp.arguments(SendBackSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires("centre", "group")
    def send_back(body: dict[str, Any], number: str) -> Response:
        """Send a resolved or closed complaint back after a check by call centre, group or quality department (R138)."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            endings.send_back(work, rules, number, scope=caller.path, by=caller.id, **body)

        return cases.acted(number, action)

    @bp.route("/complaints/<number>/malicious", methods=["POST"])
    @bp.arguments(MaliciousSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires("director", "centre", "group")
    def mark(body: dict[str, Any], number: str) -> Response:
        """Mark a complaint as malicious, or take the mark back (R11); only staff see it."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            malicious.mark(work, number, scope=caller.path, by=caller.id, **body)

        return cases.acted(number, action)

    return bp
