"""What notification does when something happened elsewhere; HANDLERS at the end is the table.

Every handler takes a list and runs a few statements for all of it (DESIGN §2.6). What tells of the past is remembered where it
is a fact, and makes no message and no callback (DESIGN §2.11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.chassis import dead_letters, retries
from services.chassis.auth.revocation import PrincipalState, remember_principals
from services.chassis.events import Event
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import Verdict
from services.notification.storage import cases, contacts, estates
from services.notification.storage.contacts import RESIDENTS, STAFF, Party
from services.notification.usecases import callbacks, notices
from services.notification.usecases.callbacks import Resolution
from services.notification.usecases.notices import Notice
from services.notification.wording import Wording


@dataclass(frozen=True)
class Deps:
    """What handlers need besides the transaction."""

    wording: Wording


def on_estate_changed(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Keep name and zone of the estates."""
    rows = [
        {"code": e.subject, "name": e.data["name"], "zone": e.data["zone"], "version": e.version}
        for e in newest(events)
    ]
    estates.remember(work.connection, rows)


def on_staff_changed(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Keep who is disabled, so that a token of such a person is refused here."""
    remember_principals(
        work.connection,
        [PrincipalState(e.data["staff_id"], e.data["disabled"], e.version) for e in events],
    )


def on_contact_recorded(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Keep how to reach people."""
    rows = [
        {
            "source": e.source,
            "party_id": e.subject,
            "version": e.version,
            "erased": False,
            "language": e.data["language"] if e.data["language"] in ("zh", "en") else "zh",
            "name": e.data["name"],
            "phone": e.data["phone"],
            "email": e.data["email"],
        }
        for e in newest(events)
    ]
    contacts.remember(work.connection, rows)


def on_contact_erased(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Forget people: their data, the texts written to them, and what waits or was given up of theirs (DESIGN §2.8)."""
    latest = newest(events)
    contacts.remember(
        work.connection,
        [
            {
                "source": e.source,
                "party_id": e.subject,
                "version": e.version,
                "erased": True,
                "language": "zh",
                "name": None,
                "phone": None,
                "email": None,
            }
            for e in latest
        ],
    )
    contacts.erase_traces(work.connection, [Party(e.source, e.subject) for e in latest])
    callbacks.end_unreachable(work, {e.subject: e for e in latest if e.source == RESIDENTS})
    for event in latest:
        retries.forget(work.connection, "contact.recorded", event.subject)
        dead_letters.forget(work.connection, "contact.recorded", event.subject)


def on_complaint_registered(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Keep what messages need of the complaints, and write their receipts (R40)."""
    rows = [
        {
            "number": e.subject,
            "estate": e.data["estate"],
            "path": e.data["path"],
            "party_id": None if e.data["anonymous"] else e.data["party_id"],
            "kind": e.data["kind"],
            "received_at": e.data["received_at"],
        }
        for e in events
    ]
    cases.remember(work.connection, rows)
    _tell_reporters(live(events), "receipt", work, deps)


def on_complaint_verified(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Explain to the resident why a complaint was found invalid (R52); of a valid one the work order tells him."""
    invalid = [event for event in live(events) if event.data["verdict"] == Verdict.INVALID]
    _tell_reporters(invalid, "invalid", work, deps)


def on_workorder_assigned(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Tell the person who got the work order, and the resident that somebody is on it (R118), not of its parts (R100)."""
    told = live(events)
    known = notices.known_cases(work, [e.subject for e in told])
    to_staff = [
        Notice(e.id, known[e.subject], Party(STAFF, e.data["assignee"]), "assigned_staff") for e in told
    ]
    notices.write(work, deps.wording, to_staff)
    whole = [event for event in told if not event.data.get("parent")]
    _tell_reporters(whole, "assigned_resident", work, deps)


def on_complaint_escalated(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Tell staff of clocks that are about to run out or have, and of what a person takes up to them (R104)."""
    told = live(events)
    known = notices.known_cases(work, [e.subject for e in told])
    to_staff = [
        Notice(
            e.id,
            known[e.subject],
            Party(STAFF, receiver),
            f"escalated_{e.data['cause']}",
            result=e.data["reason"] or "",
            clock=e.data["clock"] or "",
            due_at=e.data["due_at"],
        )
        for e in told
        for receiver in e.data["receivers"]
    ]
    notices.write(work, deps.wording, to_staff)


def on_complaint_resolved(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """Tell the resident the result (R126), and have him called about it (R133)."""
    told = live(events)
    # Locked before anything is read: whoever closes the case at this moment finds the task, or we find the case closed.
    known = notices.known_cases(work, [e.subject for e in told], lock=True)
    _tell_reporters(told, "resolved", work, deps)
    callbacks.open_tasks(work, deps.wording, [Resolution(e, known[e.subject]) for e in told])


def on_complaint_ended(events: list[Event], work: UnitOfWork, deps: Deps) -> None:
    """The complaint was closed or reopened: nobody is to be called about an older resolution."""
    versions: dict[str, int] = {}
    for event in events:
        versions[event.subject] = max(event.version, versions.get(event.subject, 0))
    callbacks.end_resolutions(work, versions)


def newest(events: Sequence[Event]) -> list[Event]:
    """Of each stream, that is of each source and subject, the event with the highest version."""
    latest: dict[tuple[str, str], Event] = {}
    for event in events:
        stream = (event.source, event.subject)
        if stream not in latest or event.version > latest[stream].version:
            latest[stream] = event
    return list(latest.values())


def live(events: Sequence[Event]) -> list[Event]:
    """Those that tell of the present."""
    return [event for event in events if not event.historical]


def _tell_reporters(events: Sequence[Event], template: str, work: UnitOfWork, deps: Deps) -> None:
    known = notices.known_cases(work, [e.subject for e in events])
    to_residents = [
        Notice(
            e.id, known[e.subject], party, template, e.data.get("result") or e.data.get("explanation") or ""
        )
        for e in events
        if (party := notices.reporter_of(known[e.subject]))
    ]
    notices.write(work, deps.wording, to_residents)


#: In this order within a batch: copies first, so that a complaint finds the contact that came with it.
HANDLERS: Mapping[str, Callable[[list[Event], UnitOfWork, Deps], None]] = {
    "estate.changed": on_estate_changed,
    "staff.changed": on_staff_changed,
    "contact.recorded": on_contact_recorded,
    "contact.erased": on_contact_erased,
    "complaint.registered": on_complaint_registered,
    "complaint.verified": on_complaint_verified,
    "workorder.assigned": on_workorder_assigned,
    "complaint.escalated": on_complaint_escalated,
    "complaint.resolved": on_complaint_resolved,
    "complaint.closed": on_complaint_ended,
    "complaint.reopened": on_complaint_ended,
}
