"""Who complains: a person and a household of an estate, found or made from what was said (DESIGN §2.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from services.chassis.errors import Invalid
from services.chassis.ids import new_id
from services.chassis.references import Referred
from services.chassis.telephone import e164
from services.chassis.unit_of_work import UnitOfWork
from services.intake.domain.units import normalise_unit
from services.intake.storage import people
from services.intake.storage.people import Party
from services.intake.storage.tree import Estate

#: The role of those who live in an estate, beside the roles of staff.
RESIDENT = "resident"


@dataclass(frozen=True, slots=True)
class Reporter:
    """What a complainant said of himself; each may be missing."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The ids that stand for the complainant from here on."""

    party_id: str | None = None
    household_id: str | None = None


def resolve(work: UnitOfWork, estate: Estate, reporter: Reporter, language: str) -> Resolved:
    """Find or make the household of the unit and the person; a person found without a unit brings his household.

    Within an estate a telephone number is one person, else an e-mail address, else a name in a household. What is known
    of a person is completed, never overwritten: nobody has proved who he is. Raises `Invalid`.
    """
    unit = normalise_unit(reporter.unit) if reporter.unit else ""
    phone = _phone(reporter)
    # Whom a number or an address names is known before the household is: one look for both.
    named = identity(phone=phone, email=reporter.email) if phone or reporter.email else None
    household_id, known = None, None
    if unit or named:
        household_id, known = people.who_is(work.run, estate.code, unit=unit or None, identity=named)
    if unit and household_id is None:
        household_id = people.keep_household(work.connection, estate.code, unit)
    wanted = _party(estate, reporter, phone, household_id, language)
    if wanted is None:
        return Resolved(None, household_id)
    if not named:
        known = _known_at_home(work, wanted)
    if known is not None and _completed(known, wanted) == known:
        return Resolved(known.id, household_id or known.household_id)
    # With the new id: should the person be erased meanwhile, he is somebody new.
    party = wanted if known is None else replace(_completed(known, wanted), id=wanted.id)
    kept = people.add_or_complete(work.connection, party)
    record_contact(work, kept, estate)
    return Resolved(kept.id, household_id or kept.household_id)


def identity(
    *,
    phone: str | None,
    email: str | None,
    name: str | None = None,
    household_id: str | None = None,
    party_id: str = "",
) -> str:
    """Return what tells a person from others of his estate; one of whom only the name is known is nobody else."""
    if phone:
        return f"phone:{phone}"
    if email:
        return f"email:{email.lower()}"
    if household_id:
        return f"home:{household_id}:{name}"
    return f"alone:{party_id}"


def record_contact(work: UnitOfWork, party: Party, estate: Estate) -> None:
    """Publish how to reach a person."""
    work.record("contact.recorded", party.id, _contact(party, estate.path), estate=estate.code)


def contacts(connection: Connection, party_ids: Sequence[str]) -> dict[str, Referred]:
    """What `contact.recorded` says of these persons today; who was erased is missing (DESIGN §2.8)."""
    known = people.with_paths(connection, party_ids)
    return {party.id: Referred(_contact(party, path), party.estate) for party, path in known}


def _contact(party: Party, path: str) -> dict[str, Any]:
    return {
        "party_id": party.id,
        "role": RESIDENT,
        "name": party.name,
        "phone": party.phone,
        "email": party.email,
        "language": party.language,
        "path": path,
    }


def _phone(reporter: Reporter) -> str | None:
    phone = e164(reporter.phone) if reporter.phone else None
    if reporter.phone and phone is None:
        raise Invalid(fields={"reporter.phone": ["phone_invalid"]})
    return phone


def _party(
    estate: Estate, reporter: Reporter, phone: str | None, household_id: str | None, language: str
) -> Party | None:
    if not (reporter.name or reporter.phone or reporter.email):
        return None
    id_ = new_id()
    who = identity(
        phone=phone, email=reporter.email, name=reporter.name, household_id=household_id, party_id=id_
    )
    return Party(id_, estate.code, who, reporter.name, phone, reporter.email, language, household_id)


def _known_at_home(work: UnitOfWork, wanted: Party) -> Party | None:
    """Somebody of whom only the name and the household are known."""
    if not wanted.household_id or not wanted.name:
        return None
    _, known = people.who_is(work.run, wanted.estate, unit=None, identity=wanted.identity)
    return known or people.party_of_household(work.connection, wanted.household_id, wanted.name)


def _completed(known: Party, wanted: Party) -> Party:
    return replace(
        known,
        name=known.name or wanted.name,
        email=known.email or wanted.email,
        household_id=known.household_id or wanted.household_id,
    )
