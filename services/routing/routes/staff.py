"""Staff and departments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from services.chassis.database import Database
from services.chassis.errors import Invalid
from services.chassis.http import csv_input
from services.chassis.http.access import current_principal, requires, signed_in
from services.chassis.http.blueprint import Blueprint, json_body, keyed, keyed_if_sent, raw_body
from services.chassis.http.idempotency import Answer, key_of_request, once
from services.chassis.http.paging import page_of
from services.chassis.http.problems import language
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.rules import Pack
from services.routing.passwords import Passwords
from services.routing.routes.repeats import optional_key
from services.routing.schemas.staff import (
    DEPARTMENT_HEADINGS,
    STAFF_HEADINGS,
    AppointmentSchema,
    DepartmentListSchema,
    DepartmentSchema,
    ImportedSchema,
    StaffPageSchema,
    StaffQuerySchema,
    StaffSchema,
)
from services.routing.storage import estates
from services.routing.storage import staff as rows
from services.routing.usecases import staff, staff_import
from services.routing.usecases.staff import Appointer, Appointment

_APPOINTING = ("head", "director", "centre", "group", "operator")
_IMPORTING = ("director", "centre", "group", "operator")

#: Bytes of the longest list.
MAX_IMPORT_BYTES = 4 * 1024 * 1024

#: Rows of the longest list; a password in each would already take minutes to hash.
MOST_ROWS = 5000

_CSV_BODY = {
    "required": True,
    "content": {"text/csv": {"schema": {"type": "string", "maxLength": MAX_IMPORT_BYTES}}},
}


def blueprint(database: Database, passwords: Passwords, pack: Pack) -> Blueprint:
    """The routes, over this database."""
    bp = Blueprint("staff", description="Who works here (R90-R97)")

    @bp.route("/staff")
    @bp.arguments(StaffQuerySchema, location="query")
    @bp.response(200, StaffPageSchema)
    @requires(*_APPOINTING, "auditor")
    def listing(query: dict[str, Any]) -> dict[str, Any]:
        """List the staff of the caller's subtree; a head sees his department."""
        caller, page = current_principal(), query.pop("page")
        with database.read() as connection:
            if caller.role == "head" and (own := rows.department_of(connection, caller.id)):
                query["department"] = own
            people, total = rows.page(connection, scope=caller.path, page=page, **query)
            shifts = rows.shifts_of(connection, [person["id"] for person in people])
        items = [{**person, "shifts": shifts.get(person["id"], [])} for person in people]
        return page_of(items, page, total)

    @bp.route("/staff", methods=["POST"])
    @bp.arguments(AppointmentSchema)
    @bp.response(201, StaffSchema)
    @keyed
    @requires(*_APPOINTING)
    def appoint(body: dict[str, Any]) -> Response:
        """Add a person; which roles the caller may give depends on his own."""
        # The stored fingerprint must not be a way to try passwords.
        plain = {name: value for name, value in json_body().items() if name != "password"}
        key = key_of_request(json.dumps(plain, sort_keys=True).encode())
        _check_department(body["department"], pack)
        wanted = _appointment(body, passwords)

        def act(work: UnitOfWork) -> Answer:
            id_ = staff.appoint(work, _appointer(), wanted, language())
            shown = {**body, "id": id_, "disabled": False}
            return Answer(201, StaffSchema().dump(shown))

        return once(database, key, act).response()

    @bp.route("/staff/import", methods=["POST"])
    @bp.doc(requestBody=_CSV_BODY)
    @bp.response(200, ImportedSchema)
    @keyed
    @requires(*_IMPORTING)
    def import_staff() -> Response:
        """Add or change people from CSV.

        Columns: username, name, role, path, and if wanted department, phone, email, shifts
        (`Mon-Fri 08:00-17:30; Sat 22:00-06:00`, in the estate's zone) and password.
        """
        content = raw_body("text/csv", max_bytes=MAX_IMPORT_BYTES)
        key = key_of_request(content)
        lines = csv_input.read(content, AppointmentSchema(), STAFF_HEADINGS, most_rows=MOST_ROWS)
        people = {line.number: _appointment(line.values, passwords) for line in lines}

        def act(work: UnitOfWork) -> Answer:
            done = staff_import.import_staff(work, _appointer(), people, pack.departments, language())
            return Answer(200, ImportedSchema().dump(done))

        return once(database, key, act).response()

    def set_disabled(id_: UUID, disabled: bool) -> Response:
        key = optional_key(b"")

        def act(work: UnitOfWork) -> Answer:
            staff.set_disabled(work, _appointer(), str(id_), disabled=disabled)
            person = rows.lock(work.connection, str(id_))
            shifts = rows.shifts_of(work.connection, [str(id_)]).get(str(id_), [])
            shown = {**(person._asdict() if person else {}), "shifts": shifts}
            return Answer(200, StaffSchema().dump(shown))

        return once(database, key, act).response()

    @bp.route("/staff/<uuid:id_>/disable", methods=["POST"])
    @bp.response(200, StaffSchema)
    @keyed_if_sent
    @requires(*_APPOINTING)
    def disable(id_: UUID) -> Response:
        """Let a person in no more, within 5 s everywhere; his open work goes to others."""
        return set_disabled(id_, True)

    @bp.route("/staff/<uuid:id_>/enable", methods=["POST"])
    @bp.response(200, StaffSchema)
    @keyed_if_sent
    @requires(*_APPOINTING)
    def enable(id_: UUID) -> Response:
        """Let a person in again."""
        return set_disabled(id_, False)

    @bp.route("/departments")
    @bp.response(200, DepartmentListSchema)
    @signed_in
    def departments() -> dict[str, Any]:
        """List the departments of the caller's subtree."""
        with database.read() as connection:
            return {"items": estates.list_departments(connection, scope=current_principal().path)}

    @bp.route("/departments/import", methods=["POST"])
    @bp.doc(requestBody=_CSV_BODY)
    @bp.response(200, ImportedSchema)
    @keyed
    @requires(*_IMPORTING)
    def import_departments() -> Response:
        """Set up departments from CSV: path, code (one of the rule pack's) and, if wanted, name."""
        content = raw_body("text/csv", max_bytes=MAX_IMPORT_BYTES)
        key = key_of_request(content)
        lines = csv_input.read(content, DepartmentSchema(), DEPARTMENT_HEADINGS, most_rows=MOST_ROWS)
        wanted = {line.number: line.values for line in lines}

        def act(work: UnitOfWork) -> Answer:
            done = staff_import.import_departments(work, current_principal().path, wanted, pack.departments)
            return Answer(200, ImportedSchema().dump(done))

        return once(database, key, act).response()

    return bp


def _appointer() -> Appointer:
    caller = current_principal()
    return Appointer(caller.role, caller.path)


def _appointment(body: Mapping[str, Any], passwords: Passwords) -> Appointment:
    given = {name: value for name, value in body.items() if name != "password"}
    password = body["password"]
    return Appointment(**given, password_hash=passwords.hash(password) if password else None)


def _check_department(code: str | None, pack: Pack) -> None:
    if code is not None and code not in pack.departments:
        raise Invalid(fields={"department": ["department_unknown"]})
