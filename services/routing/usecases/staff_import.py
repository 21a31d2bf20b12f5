"""Many people or departments at once, all of them or none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.errors import FieldMessage, Invalid
from services.chassis.scope import within
from services.chassis.unit_of_work import UnitOfWork
from services.routing.storage import estates
from services.routing.usecases.staff import Appointer, Appointment, put


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    created: int
    updated: int


def import_staff(
    work: UnitOfWork, appointer: Appointer, people: Sequence[Appointment], language: str
) -> Imported:
    """Add or change these people. Raises as `staff.put` does, `Invalid` naming the row."""
    created = 0
    for line, person in enumerate(people, start=1):
        try:
            created += put(work, appointer, person, language)
        except Invalid as error:
            named = {f"rows.{line}.{name}": texts for name, texts in error.fields.items()}
            raise Invalid(fields=named) from error
    return Imported(created, len(people) - created)


def import_departments(
    work: UnitOfWork, scope: str, rows: Sequence[Mapping[str, Any]], known: Collection[str]
) -> Imported:
    """Set up departments for subtrees. Raises `Invalid` for a code that the rule pack does not have."""
    problems: dict[str, Sequence[FieldMessage]] = {}
    for line, row in enumerate(rows, start=1):
        if row["code"] not in known:
            problems[f"rows.{line}.code"] = ["department_unknown"]
        if not within(row["path"], scope):
            problems[f"rows.{line}.path"] = ["path_not_yours"]
    if problems:
        raise Invalid(fields=problems)
    unique = {(row["path"], row["code"]): {**row, "name": row["name"] or row["code"]} for row in rows}
    if not unique:
        return Imported(0, 0)
    before = estates.departments_at(work.connection, {path for path, _ in unique})
    updated = sum(code in before.get(path, frozenset()) for path, code in unique)
    estates.keep_departments(work.connection, list(unique.values()))
    return Imported(len(unique) - updated, updated)
