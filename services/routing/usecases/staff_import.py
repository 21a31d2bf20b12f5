"""Many people or departments at once, all of them or none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.errors import FieldMessage, Invalid, line_field
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
    work: UnitOfWork,
    appointer: Appointer,
    people: Mapping[int, Appointment],
    known: Collection[str],
    language: str,
) -> Imported:
    """Add or change these people, by their line in the list; `known` are the codes of the rule pack's departments.

    Raises as `staff.put` does, `Invalid` naming every faulty line.
    """
    created = 0
    faults: dict[str, Sequence[FieldMessage]] = {}
    for line, person in people.items():
        if person.department is not None and person.department not in known:
            faults[line_field(line, "department")] = ["department_unknown"]
        try:
            created += put(work, appointer, person, language)
        except Invalid as error:
            faults |= {line_field(line, name): told for name, told in error.fields.items()}
    if faults:
        raise Invalid(fields=faults)
    return Imported(created, len(people) - created)


def import_departments(
    work: UnitOfWork, scope: str, wanted: Mapping[int, Mapping[str, Any]], known: Collection[str]
) -> Imported:
    """Set up departments for subtrees, by their line in the list. Raises `Invalid` naming every faulty line.

    `known` are the codes of the rule pack's departments.
    """
    faults: dict[str, Sequence[FieldMessage]] = {}
    for line, row in wanted.items():
        if row["code"] not in known:
            faults[line_field(line, "code")] = ["department_unknown"]
        if not within(row["path"], scope):
            faults[line_field(line, "path")] = ["path_not_yours"]
    if faults:
        raise Invalid(fields=faults)
    unique = {
        (row["path"], row["code"]): {**row, "name": row["name"] or row["code"]} for row in wanted.values()
    }
    if not unique:
        return Imported(0, 0)
    before = estates.departments_at(work.connection, {path for path, _ in unique})
    updated = sum(code in before.get(path, frozenset()) for path, code in unique)
    estates.keep_departments(work.connection, list(unique.values()))
    return Imported(len(unique) - updated, updated)
