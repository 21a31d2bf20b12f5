"""Staff and departments from CSV files, all rows or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from services.chassis.errors import Invalid
from services.chassis.i18n import Message
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.assignment import within
from services.routing.domain.shifts import ShiftsUnreadable, read_shifts
from services.routing.domain.staff import ROLES
from services.routing.storage import estates
from services.routing.usecases.staff import Appointer, Appointment, put

STAFF_COLUMNS: Final = (
    "username",
    "name",
    "role",
    "path",
    "department",
    "phone",
    "email",
    "shifts",
    "password",
)
DEPARTMENT_COLUMNS: Final = ("path", "code", "name")

#: Rows of one file.
MOST_ROWS: Final = 5000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    created: int
    updated: int


def rows_of(content: bytes, columns: Collection[str], needed: Collection[str]) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8 with a header line; absent columns are empty.

    Raises `Invalid` for what is not such a file, for an unknown column, a missing one or a missing value.
    """
    try:
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        rows = [
            {name: (row.get(name) or "").strip() for name in columns}
            for row in reader
            if any(isinstance(value, str) and value.strip() for value in row.values())
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("csv_unreadable") from error
    if "\x00" in text or len(rows) > MOST_ROWS:
        raise Invalid("csv_unreadable")
    if unknown := [name for name in header if name not in columns]:
        raise Invalid(fields={"header": [Message("column_unknown", {"column": unknown[0]})]})
    if absent := [name for name in needed if name not in header]:
        raise Invalid(fields={"header": [Message("column_missing", {"column": absent[0]})]})
    if empty := {
        f"rows.{line}.{name}": ["value_missing"]
        for line, row in enumerate(rows, start=1)
        for name in needed
        if not row[name]
    }:
        raise Invalid(fields=empty)
    return rows


def appointments(
    content: bytes, departments: Collection[str], hash_password: Callable[[str], str]
) -> list[Appointment]:
    """The people of a file. Costs a hash for each password, so call it outside of a transaction.

    Raises `Invalid` naming rows and columns.
    """
    rows = rows_of(content, STAFF_COLUMNS, ("username", "name", "role", "path"))
    problems: dict[str, list[str | Message]] = {}
    for line, row in enumerate(rows, start=1):
        if row["role"] not in ROLES:
            problems[f"rows.{line}.role"] = ["role_unknown"]
        if row["department"] and row["department"] not in departments:
            problems[f"rows.{line}.department"] = ["department_unknown"]
        try:
            read_shifts(row["shifts"])
        except ShiftsUnreadable as error:
            problems[f"rows.{line}.shifts"] = [Message("shifts_unreadable", {"part": str(error)})]
    if problems:
        raise Invalid(fields=problems)
    return [
        Appointment(
            username=row["username"],
            name=row["name"],
            role=row["role"],
            path=row["path"],
            department=row["department"] or None,
            phone=row["phone"] or None,
            email=row["email"] or None,
            shifts=read_shifts(row["shifts"]),
            password_hash=hash_password(row["password"]) if row["password"] else None,
        )
        for row in rows
    ]


def import_staff(
    work: UnitOfWork, appointer: Appointer, people: Collection[Appointment], language: str
) -> Imported:
    """Add or change these people. Raises as `staff.put` does, naming the row."""
    created = 0
    for line, person in enumerate(people, start=1):
        try:
            created += put(work, appointer, person, language)
        except Invalid as error:
            named = {f"rows.{line}.{name}": texts for name, texts in error.fields.items()}
            raise Invalid(fields=named) from error
    return Imported(created, len(people) - created)


def import_departments(work: UnitOfWork, scope: str, content: bytes, known: Mapping[str, object]) -> Imported:
    """Set up departments for subtrees. Raises `Invalid` for a code the rule pack does not have."""
    rows = rows_of(content, DEPARTMENT_COLUMNS, ("path", "code"))
    problems: dict[str, list[str | Message]] = {}
    for line, row in enumerate(rows, start=1):
        if row["code"] not in known:
            problems[f"rows.{line}.code"] = ["department_unknown"]
        if not within(row["path"], scope):
            problems[f"rows.{line}.path"] = ["path_not_yours"]
    if problems:
        raise Invalid(fields=problems)
    unique = {(row["path"], row["code"]): {**row, "name": row["name"] or row["code"]} for row in rows}
    before = estates.departments_at(work.connection, {path for path, _ in unique})
    updated = sum(code in before.get(path, frozenset()) for path, code in unique)
    estates.keep_departments(work.connection, list(unique.values()))
    return Imported(len(unique) - updated, updated)
