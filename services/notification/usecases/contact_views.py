"""Showing a resident's name and number to a person who handles the case; every look is recorded (DESIGN §2.8)."""

from __future__ import annotations

from sqlalchemy import Connection

from services.chassis.errors import NotFound
from services.chassis.ids import new_id
from services.chassis.unit_of_work import UnitOfWork
from services.notification.domain.addresses import Contact
from services.notification.storage import cases, contact_views, contacts
from services.notification.storage.contacts import RESIDENTS, Party


def view(work: UnitOfWork, number: str, *, scope: str, by: str, role: str, reason: str) -> None:
    """Record that this person looks at the contact of a case, and why.

    Raises `NotFound` for a case outside of `scope`, and where there is no contact to be seen: the complaint is anonymous
    (R32), or the person was erased.
    """
    case = cases.in_scope(work.connection, number, scope)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    if show(work, number, case.party_id, by=by, role=role, reason=reason) is None:
        raise NotFound("contact_none", number=number)


def show(
    work: UnitOfWork, number: str, party_id: str | None, *, by: str, role: str, reason: str
) -> Contact | None:
    """The contact of the party of a complaint, the look recorded; None where nothing is known of the person."""
    contact = _contact(work.connection, party_id)
    if contact is None or party_id is None:
        return None
    contact_views.add(
        work.connection,
        {
            "id": new_id(),
            "number": number,
            "party_id": party_id,
            "viewed_by": by,
            "role": role,
            "reason": reason,
            "at": work.now,
        },
    )
    return contact


def contact_of(connection: Connection, number: str, scope: str) -> Contact | None:
    """What is known now of the reporter of a case; None where nothing is."""
    case = cases.in_scope(connection, number, scope)
    return _contact(connection, case.party_id) if case else None


def _contact(connection: Connection, party_id: str | None) -> Contact | None:
    if party_id is None:
        return None
    party = Party(RESIDENTS, party_id)
    contact = contacts.of_parties(connection, [party]).get(party)
    return contact if contact and (contact.name or contact.phone or contact.email) else None
