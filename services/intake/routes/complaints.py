"""Complaints over HTTP: made by anybody, read by number, listed by staff."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from services.chassis.database import Database
from services.chassis.http.access import current_principal, optional_principal, public, requires
from services.chassis.http.blueprint import Blueprint, keyed
from services.chassis.http.idempotency import Answer, key_of_request, once
from services.chassis.http.paging import page_of
from services.chassis.http.problems import language
from services.chassis.http.rate_limit import allow
from services.chassis.i18n import Translator
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.states import Status
from services.intake.domain.numbers import RANDOM_BITS
from services.intake.estates import EstateDirectory
from services.intake.metrics import IntakeMetrics
from services.intake.routes.numbers import caller_address, number_in
from services.intake.schemas.complaints import (
    ComplaintPageSchema,
    ComplaintQuerySchema,
    ComplaintSchema,
    ProgressSchema,
    ReceiptSchema,
)
from services.intake.storage import complaints as storage
from services.intake.storage.progress import Progress
from services.intake.usecases.people import Reporter
from services.intake.usecases.progress import progress_of
from services.intake.usecases.register import REGISTRARS, Numbering, Statement, register, with_free_number

#: Looks at one complaint, and looks of one address, within a minute (DESIGN §6).
_LOOKS_PER_MINUTE = 120


def blueprint(
    database: Database,
    estates: EstateDirectory,
    translator: Translator,
    metrics: IntakeMetrics,
    claim_secret: str,
) -> Blueprint:
    """Return the routes."""
    bp = Blueprint("complaints", description="Complaints")
    numbering = Numbering(draw=lambda: secrets.randbits(RANDOM_BITS), secret=claim_secret)

    def receipt(stored: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**stored, "claim_code": numbering.claim_code(stored["number"])}

    @bp.route("/complaints", methods=["POST"])
    @bp.arguments(ComplaintSchema)
    @bp.response(201, ReceiptSchema)
    @keyed
    @public
    def make(body: dict[str, Any]) -> Response:
        """Make a complaint; without a token through the channels web, app and wechat."""
        key, caller = key_of_request(), optional_principal()
        # A form filled in by staff says nothing of the complainant's language.
        statement = _statement(body, language() if caller is None else "zh")
        estate = estates.find(body["estate"])

        def action(work: UnitOfWork) -> Answer:
            made = register(work, statement, estate=estate, caller=caller, numbering=numbering)
            return Answer(201, {**made, "links": _links(made["number"])})

        answer = with_free_number(lambda: once(database, key, action, complete=receipt))
        if not answer.replayed:
            metrics.complaints_received.labels(statement.channel).inc()
        return answer.response()

    @bp.route("/complaints/<number>")
    @bp.response(200, ProgressSchema)
    @public
    def progress(number: str) -> dict[str, Any]:
        """Tell how far a complaint is."""
        number = number_in(number)
        with database.begin() as work:
            looks = (f"progress:address:{caller_address(request)}", f"progress:number:{number}")
            allow(work.connection, looks, limit=_LOOKS_PER_MINUTE, now=work.now)
        with database.read() as connection:
            status, found = progress_of(connection, number)
        return _told(status, found, translator, language())

    @bp.route("/complaints")
    @bp.arguments(ComplaintQuerySchema, location="query")
    @bp.response(200, ComplaintPageSchema)
    @requires(*REGISTRARS)
    def listing(query: dict[str, Any]) -> dict[str, Any]:
        """List the complaints of the caller's part of the tree."""
        page = query.pop("page")
        with database.read() as connection:
            items, total = storage.list_complaints(
                connection, scope=current_principal().path, filters=query, page=page
            )
        return page_of([_masked(item) for item in items], page, total)

    return bp


def _statement(body: Mapping[str, Any], language: str) -> Statement:
    reporter = body["reporter"] or {}
    return Statement(
        channel=body["channel"],
        kind=body["kind"],
        text=body["text"],
        demand=body["demand"] or None,
        location=body["location"] or None,
        category=body["category"] or None,
        received_at=body["received_at"],
        call_id=body["call_id"] or None,
        anonymous=body["anonymous"],
        unhappy_with=(body["unhappy_with"] or "").upper() or None,
        reporter=Reporter(**{field: said or None for field, said in reporter.items()}),
        language=language,
    )


def _links(number: str) -> dict[str, str]:
    self = f"/api/intake/complaints/{number}"
    return {
        "self": self,
        "attachments": f"{self}/attachments",
        "supplements": f"{self}/supplements",
        "withdrawal": f"{self}/withdrawal",
        "rating": f"{self}/rating",
    }


def _told(status: Status, found: Progress, translator: Translator, tongue: str) -> dict[str, Any]:
    happened = [
        ("received", None, found.received_at),
        *((row.what, row.note, row.at) for row in found.timeline),
    ]
    return {
        "number": found.number,
        "status": status.value,
        "status_text": translator.text(f"status_word_{status.value}", tongue),
        "received_at": found.received_at,
        "timeline": [
            {"at": at, "what": what, "text": translator.text(f"timeline_{what}", tongue), "note": note}
            for what, note, at in happened
        ],
    }


def _masked(item: dict[str, Any]) -> dict[str, Any]:
    texts = {field: mask(item[field]) for field in ("text", "demand", "location") if item[field]}
    return {**item, **texts}
