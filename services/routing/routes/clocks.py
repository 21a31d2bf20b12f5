"""Clocks of a case paused and resumed, and a case taken upwards."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.chassis.auth.principal import Principal
from services.chassis.errors import NotFound
from services.chassis.http.access import requires
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks import ClockName
from services.routing.routes.cases import ShownCases
from services.routing.schemas.clocks import EscalationSchema, PauseSchema, ResumptionSchema
from services.routing.schemas.complaints import CaseDetailSchema
from services.routing.usecases.clocks import pausing
from services.routing.usecases.context import Rules
from services.routing.usecases.escalation.upwards import UPWARDS, escalate

#: Who may stop the time of others; nobody his own.
_PAUSING = ("head", "director", "centre")


def blueprint(rules: Rules, cases: ShownCases) -> Blueprint:
    """The routes."""
    bp = Blueprint("clocks", description="Clocks of complaints, and complaints taken upwards (R104)")

    @bp.route("/complaints/<number>/clocks/<name>/pause", methods=["POST"])
    @bp.arguments(PauseSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*_PAUSING)
    def pause(body: dict[str, Any], number: str, name: str) -> Response:
        """Pause a clock for a reason the policy has for it; after its longest time it goes on by itself."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            pausing.pause(work, rules, number, _clock(name), scope=caller.path, by=caller.id, **body)

        return cases.acted(number, action)

    @bp.route("/complaints/<number>/clocks/<name>/resume", methods=["POST"])
    @bp.arguments(ResumptionSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*_PAUSING)
    def resume(body: dict[str, Any], number: str, name: str) -> Response:
        """Let a paused clock go on."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            pausing.resume(work, rules, number, _clock(name), scope=caller.path, by=caller.id, **body)

        return cases.acted(number, action)

    @bp.route("/complaints/<number>/escalate", methods=["POST"])
    @bp.arguments(EscalationSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*UPWARDS)
    def upwards(body: dict[str, Any], number: str) -> Response:
        """Take a complaint to whoever is above, a director beyond his authority to the company centre (R104)."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            escalate(work, rules, number, caller, **body)

        return cases.acted(number, action)

    return bp


def _clock(name: str) -> ClockName:
    try:
        return ClockName(name)
    except ValueError:
        raise NotFound("clock_unknown", possible=", ".join(ClockName)) from None
