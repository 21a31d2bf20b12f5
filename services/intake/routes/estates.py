"""The tenant tree over HTTP: looked up by anybody, written by staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from flask import Response
from marshmallow import Schema

from services.chassis.database import Database
from services.chassis.errors import Conflict, Invalid, line_field
from services.chassis.http import csv_input
from services.chassis.http.access import current_principal, public, requires
from services.chassis.http.blueprint import Blueprint, keyed, raw_body
from services.chassis.http.csv_input import Line
from services.chassis.http.idempotency import Answer, key_of_request, once
from services.chassis.http.paging import page_of
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import Role
from services.intake.domain.tree import NodeRow, TreeRefused
from services.intake.schemas.estates import (
    HOUSEHOLD_HEADINGS,
    NODE_HEADINGS,
    EstatePageSchema,
    EstateQuerySchema,
    HouseholdLineSchema,
    ImportedSchema,
    NodeAnswerSchema,
    NodeLineSchema,
    NodeSchema,
)
from services.intake.storage import tree as storage
from services.intake.usecases.households import HouseholdRow, import_households
from services.intake.usecases.tree import Imported, import_nodes

#: Who keeps the lists, each for his part of the tree.
LIST_KEEPERS = (Role.DIRECTOR, Role.CENTRE, Role.GROUP, Role.OPERATOR)

#: Bytes of the longest list.
MAX_IMPORT_BYTES = 8 * 1024 * 1024

#: Rows of the longest list.
MOST_ROWS = 50_000

_CSV_BODY = {
    "required": True,
    "content": {"text/csv": {"schema": {"type": "string", "maxLength": MAX_IMPORT_BYTES}}},
}

#: Writes the lines of a list.
Import = Callable[[UnitOfWork, list[Line]], Imported]


def blueprint(database: Database, zone: str) -> Blueprint:
    """Return the routes; `zone` is the IANA zone of a group that names none."""
    bp = Blueprint("estates", description="Estates and their households")
    node_lines, household_lines = NodeLineSchema(), HouseholdLineSchema()

    @bp.route("/estates")
    @bp.arguments(EstateQuerySchema, location="query")
    @bp.response(200, EstatePageSchema)
    @public
    def estates(query: dict[str, Any]) -> dict[str, Any]:
        """Look estates up by a part of their name or code."""
        with database.read() as connection:
            found, total = storage.search_estates(connection, query["q"], query["page"])
        return page_of(found, query["page"], total)

    @bp.route("/estates", methods=["POST"])
    @bp.arguments(NodeSchema)
    @bp.response(201, NodeAnswerSchema)
    @keyed
    @requires(*LIST_KEEPERS)
    def add(body: dict[str, Any]) -> Response:
        """Add one node to the tree: an estate, or what stands above or below one."""
        scope, key = current_principal().path, key_of_request()
        return once(database, key, lambda work: _add(work, scope, body, zone)).response()

    @bp.route("/estates/import", methods=["POST"])
    @bp.doc(requestBody=_CSV_BODY)
    @bp.response(200, ImportedSchema)
    @keyed
    @requires(*LIST_KEEPERS)
    def import_tree() -> Response:
        """Write the tree from CSV (code, kind, name, parent, zone); all lines or none."""
        scope = current_principal().path

        def write(work: UnitOfWork, lines: list[Line]) -> Imported:
            rows = [NodeRow(line=line.number, **line.values) for line in lines]
            return import_nodes(work, scope, rows, default_zone=zone)

        return _import(node_lines, NODE_HEADINGS, write)

    @bp.route("/households/import", methods=["POST"])
    @bp.doc(requestBody=_CSV_BODY)
    @bp.response(200, ImportedSchema)
    @keyed
    @requires(*LIST_KEEPERS)
    def import_homes() -> Response:
        """Write households and residents from CSV (estate, unit, occupied, name, phone, email, language)."""
        scope = current_principal().path

        def write(work: UnitOfWork, lines: list[Line]) -> Imported:
            rows = [HouseholdRow(line=line.number, **line.values) for line in lines]
            return import_households(work, scope, rows)

        return _import(household_lines, HOUSEHOLD_HEADINGS, write)

    def _import(schema: Schema, headings: Mapping[str, str], write: Import) -> Response:
        body = raw_body("text/csv", max_bytes=MAX_IMPORT_BYTES)
        key = key_of_request(body)
        lines = csv_input.read(body, schema, headings, most_rows=MOST_ROWS)
        answer = once(database, key, lambda work: Answer(200, asdict(_all_or_nothing(write, work, lines))))
        return answer.response()

    return bp


def _add(work: UnitOfWork, scope: str, body: dict[str, Any], zone: str) -> Answer:
    storage.lock_tree(work.connection)
    if body["code"] in storage.known_nodes(work.connection, scope, [body["code"]]):
        raise Conflict("code_taken")
    try:
        import_nodes(work, scope, [NodeRow(line=1, **body)], default_zone=zone)
    except TreeRefused as refused:
        raise Invalid(fields={problem.field: [problem.code] for problem in refused.problems}) from refused
    return Answer(201, {"code": body["code"]})


def _all_or_nothing(write: Import, work: UnitOfWork, lines: list[Line]) -> Imported:
    try:
        return write(work, lines)
    except TreeRefused as refused:
        faults = {line_field(each.line, each.field): [each.code] for each in refused.problems[:100]}
        raise Invalid(fields=faults) from refused
