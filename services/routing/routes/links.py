"""Links between complaints, made and removed by staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from services.chassis.auth.principal import Principal
from services.chassis.http.access import requires
from services.chassis.http.blueprint import Blueprint, keyed_if_sent
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import LinkKind
from services.routing.routes.cases import ShownCases
from services.routing.schemas.complaints import CaseDetailSchema
from services.routing.schemas.links import NewLinkSchema, RemovalSchema
from services.routing.usecases import links
from services.routing.usecases.context import Rules
from services.routing.usecases.link_changes import Decision

#: Who sees at the desk that two complaints belong together (R90, R92, R93).
LINKING = ("receiver", "head", "director", "centre")


def blueprint(rules: Rules, cases: ShownCases) -> Blueprint:
    """The routes."""
    bp = Blueprint("links", description="How complaints belong together (R60, R69)")

    @bp.route("/complaints/<number>/links", methods=["POST"])
    @bp.arguments(NewLinkSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*LINKING)
    def make(body: dict[str, Any], number: str) -> Response:
        """Link a complaint to another: a duplicate, a second complaint, a member of a group, a part.

        The oldest open complaint of a group is its master, whichever was named. A link that stands already stays as it is.
        """
        wanted = links.Wanted(number, LinkKind(body["kind"]), body["other"])

        def action(work: UnitOfWork, caller: Principal) -> None:
            links.link(work, rules, wanted, Decision(caller.id, mask(body["reason"])), scope=caller.path)

        return cases.acted(number, action)

    @bp.route("/complaints/<number>/links/<uuid:link>/removal", methods=["POST"])
    @bp.arguments(RemovalSchema)
    @bp.response(200, CaseDetailSchema)
    @keyed_if_sent
    @requires(*LINKING)
    def remove(body: dict[str, Any], number: str, link: UUID) -> Response:
        """Remove a link, from either of its ends; one that is removed already stays so."""

        def action(work: UnitOfWork, caller: Principal) -> None:
            links.unlink(work, number, str(link), scope=caller.path, by=caller.id, reason=body["reason"])

        return cases.acted(number, action)

    return bp
