"""What a complainant does with his complaint over HTTP; each needs the claim code of the receipt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from services.chassis.database import Database
from services.chassis.http.access import public
from services.chassis.http.blueprint import Blueprint, keyed
from services.chassis.http.idempotency import Answer, key_of_request, once
from services.chassis.http.rate_limit import allow
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.states import Status
from services.intake.metrics import IntakeMetrics
from services.intake.routes.numbers import caller_address, number_in
from services.intake.schemas.complaints import (
    FollowUpSchema,
    RatingSchema,
    SupplementSchema,
    WithdrawalSchema,
)
from services.intake.usecases.follow_up import rate, supplement, withdraw

#: Tries at one complaint, and tries of one address, within a minute: of 2^60 codes nobody guesses one.
TRIES_PER_NUMBER = 10
TRIES_PER_ADDRESS = 60


def blueprint(database: Database, metrics: IntakeMetrics) -> Blueprint:
    """Return the routes."""
    bp = Blueprint("follow_ups", description="What complainants do with their complaints")

    @bp.route("/complaints/<number>/supplements", methods=["POST"])
    @bp.arguments(SupplementSchema)
    @bp.response(201, FollowUpSchema)
    @keyed
    @public
    def add(body: dict[str, Any], number: str) -> Response:
        """Add something to a complaint."""
        return act(
            "supplement", number, 201, lambda work, n: supplement(work, n, body["claim_code"], body["text"])
        )

    @bp.route("/complaints/<number>/withdrawal", methods=["POST"])
    @bp.arguments(WithdrawalSchema)
    @bp.response(200, FollowUpSchema)
    @keyed
    @public
    def take_back(body: dict[str, Any], number: str) -> Response:
        """Take a complaint back, for good."""
        code, reason = body["claim_code"], body["reason"] or None
        return act("withdrawal", number, 200, lambda work, n: withdraw(work, n, code, reason))

    @bp.route("/complaints/<number>/rating", methods=["POST"])
    @bp.arguments(RatingSchema)
    @bp.response(201, FollowUpSchema)
    @keyed
    @public
    def judge(body: dict[str, Any], number: str) -> Response:
        """Say how satisfactory the result is."""
        code, satisfaction, comment = body["claim_code"], body["satisfaction"], body["comment"] or None
        return act("rating", number, 201, lambda work, n: rate(work, n, code, satisfaction, comment))

    def act(action: str, text: str, status: int, follow_up: Callable[[UnitOfWork, str], Status]) -> Response:
        number, key = number_in(text), key_of_request()
        with database.begin() as work:
            by_number, by_address = f"claim:number:{number}", f"claim:address:{caller_address(request)}"
            allow(work.connection, [by_number], limit=TRIES_PER_NUMBER, now=work.now)
            allow(work.connection, [by_address], limit=TRIES_PER_ADDRESS, now=work.now)
        answer = once(
            database,
            key,
            lambda work: Answer(status, {"number": number, "status": follow_up(work, number).value}),
        )
        if not answer.replayed:
            metrics.follow_ups.labels(action).inc()
        return answer.response()

    return bp
