"""Persons over HTTP: they can ask to be forgotten."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from services.chassis.database import Database
from services.chassis.http.access import current_principal, requires
from services.chassis.http.blueprint import Blueprint
from services.chassis.http.json import json_response
from services.contracts.vocabulary import Role
from services.intake.schemas.complaints import ErasureSchema
from services.intake.usecases.erasure import erase


def blueprint(database: Database) -> Blueprint:
    """Return the routes."""
    bp = Blueprint("contacts", description="Persons")

    @bp.route("/contacts/<uuid:party_id>/erasure", methods=["POST"])
    @bp.response(200, ErasureSchema)
    @requires(Role.DIRECTOR, Role.CENTRE, Role.GROUP)
    def forget(party_id: UUID) -> Response:
        """Delete what identifies a person, archives included; again does nothing more."""
        with database.begin() as work:
            erase(work, current_principal().path, str(party_id))
        return json_response({"party_id": str(party_id)})

    return bp
