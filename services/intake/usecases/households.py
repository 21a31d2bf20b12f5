"""Households and those who live there are written from a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.chassis.ids import new_id
from services.chassis.unit_of_work import UnitOfWork
from services.intake.domain.tree import Problem, TreeRefused
from services.intake.domain.units import normalise_unit
from services.intake.storage import people, tree
from services.intake.storage.people import Household, Party
from services.intake.storage.tree import Estate
from services.intake.usecases.people import identity, record_contact
from services.intake.usecases.tree import Imported, announce


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A home and perhaps one who lives there, as line `line` tells; `phone` is E.164 already."""

    line: int
    estate: str
    unit: str
    occupied: bool
    name: str | None
    phone: str | None
    email: str | None
    language: str | None


def import_households(work: UnitOfWork, scope: str, rows: Sequence[HouseholdRow]) -> Imported:
    """Write households and residents of estates within `scope`; the same rows again change nothing.

    What is said of a person here replaces what was known. Counts are of households and persons together. Raises
    `TreeRefused`.
    """
    tree.lock_tree(work.connection)
    estates = tree.estates_in_scope(work.connection, scope, [row.estate for row in rows])
    rows = [replace(row, unit=normalise_unit(row.unit)) for row in rows]
    problems = [Problem(row.line, "estate", "estate_unknown") for row in rows if row.estate not in estates]
    problems += [Problem(row.line, "unit", "unit_empty") for row in rows if not row.unit]
    if problems:
        raise TreeRefused(sorted(problems, key=lambda problem: problem.line))
    occupied: dict[tuple[str, str], bool] = {}
    for row in rows:
        occupied[row.estate, row.unit] = occupied.get((row.estate, row.unit), False) or row.occupied
    saved = people.save_households(
        work.connection,
        [Household(new_id(), *home, occupied=lived_in) for home, lived_in in occupied.items()],
    )
    ids = people.household_ids(work.connection, list(occupied))
    created, changed = _save_people(work, estates, _listed(rows, ids))
    announce(work, saved)
    return Imported(
        rows=len(rows),
        created=created + sum(each.created for each in saved.values()),
        changed=changed + sum(each.changed for each in saved.values()),
    )


def _listed(
    rows: Sequence[HouseholdRow], household_ids: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], tuple[HouseholdRow, Party]]:
    """The persons of the rows by (estate, identity); one who has several homes is listed with the first."""
    listed: dict[tuple[str, str], tuple[HouseholdRow, Party]] = {}
    for row in rows:
        if not (row.name or row.phone or row.email):
            continue
        home, id_ = household_ids[row.estate, row.unit], new_id()
        who = identity(phone=row.phone, email=row.email, name=row.name, household_id=home, party_id=id_)
        party = Party(id_, row.estate, who, row.name, row.phone, row.email, row.language or "zh", home)
        listed.setdefault((row.estate, who), (row, party))
    return listed


def _save_people(
    work: UnitOfWork,
    estates: Mapping[str, Estate],
    listed: Mapping[tuple[str, str], tuple[HouseholdRow, Party]],
) -> tuple[int, int]:
    known = people.known_parties(work.connection, list(listed))
    new = [party for who, (_, party) in listed.items() if who not in known]
    changed = [
        updated
        for who, (row, party) in listed.items()
        if who in known and (updated := _updated(known[who], row, party)) != known[who]
    ]
    people.save_parties(work.connection, new, changed)
    for party in (*new, *changed):
        record_contact(work, party, estates[party.estate])
    return len(new), len(changed)


def _updated(known: Party, row: HouseholdRow, party: Party) -> Party:
    return replace(
        known,
        name=row.name or known.name,
        email=row.email or known.email,
        language=row.language or known.language,
        household_id=party.household_id,
    )
