"""Writing messages to residents and staff about a complaint; a sender takes them from there (DESIGN §2.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.errors import NotFound
from services.chassis.ids import new_id
from services.chassis.unit_of_work import UnitOfWork
from services.notification.domain.addresses import Contact, channel_for
from services.notification.domain.deliveries import Status
from services.notification.storage import cases, contacts, deliveries, estates
from services.notification.storage.cases import Case
from services.notification.storage.contacts import RESIDENTS, Party
from services.notification.storage.estates import Estate
from services.notification.wording import Subject, Wording


@dataclass(frozen=True)
class Notice:
    """One message to one person: because of which event, about which case, in which template's words."""

    event_id: str
    case: Case
    receiver: Party
    template: str
    result: str = ""
    clock: str = ""
    due_at: datetime | None = None


def reporter_of(case: Case) -> Party | None:
    """The person to tell about a case; None for an anonymous one (R32)."""
    return Party(RESIDENTS, case.party_id) if case.party_id else None


def known_cases(work: UnitOfWork, numbers: Sequence[str], *, lock: bool = False) -> dict[str, Case]:
    """The cases with these numbers. Raises `NotFound` if one has not been heard of yet."""
    found = cases.by_number(work.connection, numbers, lock=lock)
    for number in numbers:
        if number not in found:
            raise NotFound("complaint_unknown", number=number)
    return found


def known_contacts(work: UnitOfWork, parties: Sequence[Party]) -> dict[Party, Contact]:
    """How to reach these people. Raises `NotFound` if one has not been heard of yet."""
    found = contacts.of_parties(work.connection, parties)
    for party in parties:
        if party not in found:
            raise NotFound("contact_unknown", party=party.party_id)
    return found


def known_estates(work: UnitOfWork, codes: Sequence[str]) -> dict[str, Estate]:
    """The estates with these codes. Raises `NotFound` if one has not been heard of yet."""
    found = estates.by_code(work.connection, codes)
    for code in codes:
        if code not in found:
            raise NotFound("estate_unknown", code=code)
    return found


def subject_of(
    case: Case, estate: Estate, result: str = "", clock: str = "", due_at: datetime | None = None
) -> Subject:
    """What a text about this case is about."""
    return Subject(estate.name, estate.zone, case.number, case.kind, case.received_at, result, clock, due_at)


def write(work: UnitOfWork, wording: Wording, notices: Sequence[Notice]) -> None:
    """Write these messages, each once ever; who has no address gets none.

    Raises `NotFound` when a receiver or an estate has not been heard of yet; then nothing is written.
    """
    if not notices:
        return
    people = known_contacts(work, [notice.receiver for notice in notices])
    places = known_estates(work, [notice.case.estate for notice in notices])
    rows = [
        row
        for notice in notices
        if (row := _row(work, wording, notice, people[notice.receiver], places[notice.case.estate]))
    ]
    deliveries.write(work.connection, rows)


def _row(
    work: UnitOfWork, wording: Wording, notice: Notice, contact: Contact, estate: Estate
) -> Mapping[str, object] | None:
    channel = channel_for(contact)
    if channel is None:
        return None
    subject = subject_of(notice.case, estate, notice.result, notice.clock, notice.due_at)
    text = wording.message(notice.template, channel, contact.language, subject)
    return {
        "id": new_id(),
        "event_id": notice.event_id,
        "source": notice.receiver.source,
        "party_id": notice.receiver.party_id,
        "channel": channel,
        "template": notice.template,
        "language": contact.language,
        "number": notice.case.number,
        "path": notice.case.path,
        "title": text.title,
        "body": text.body,
        "status": Status.WAITING,
        "next_at": work.now,
        "created_at": work.now,
    }
