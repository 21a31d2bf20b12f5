"""What intake does with events of others: who may call, and how far a case is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from services.chassis.auth.revocation import PrincipalState, remember_principals
from services.chassis.effects import Handler
from services.chassis.events import Event
from services.chassis.masking import mask
from services.chassis.replay import on_requested
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.states import SAY_STATUS, status_after
from services.contracts.vocabulary import LinkKind, ProposalStatus, Verdict
from services.intake.storage.progress import CaseState, TimelineRow, add_to_timeline, save_case_states

#: What an event is called in the timeline, and the field of its data that residents read, if any.
_TIMELINE: Mapping[str, tuple[str, str | None]] = {
    "complaint.verified": ("verified", "explanation"),
    "workorder.assigned": ("assigned", None),
    "workorder.accepted": ("accepted", "note"),
    "workorder.arrived": ("arrived", "note"),
    "workorder.progressed": ("progressed", "note"),
    "workorder.resolved": ("work_done", "note"),
    "workorder.signed_off": ("signed_off", "note"),
    "workorder.transferred": ("transferred", "note"),
    "complaint.answered": ("answered", "text"),
    "complaint.resolved": ("resolved", "result"),
    "complaint.reopened": ("reopened", None),
    "complaint.closed": ("closed", None),
}


#: What a new link is called in the timeline; of other kinds residents are not told.
_LINKED: Mapping[str, str] = {
    LinkKind.DUPLICATE_OF: "joined",
    LinkKind.JOINED_TO: "joined",
    LinkKind.SECOND_COMPLAINT_OF: "second_complaint",
}
_HANDLED_TOGETHER = frozenset({LinkKind.DUPLICATE_OF, LinkKind.JOINED_TO})


def on_staff_changed(events: list[Event], work: UnitOfWork) -> None:
    """Refuse disabled staff from now on (DESIGN §6)."""
    states = [PrincipalState(e.data["staff_id"], e.data["disabled"], e.version) for e in events]
    remember_principals(work.connection, states)


def on_case_moved(events: list[Event], work: UnitOfWork) -> None:
    """Show residents how far their case is: routing's newest version holds, in whatever order events come.

    Of what is a part of a work order they see progress alone (R100).
    """
    events = [e for e in events if not e.data.get("parent") or e.name == "workorder.progressed"]
    add_to_timeline(work.connection, [_row(event) for event in events])
    save_case_states(
        work.connection,
        [
            CaseState(event.subject, status_after(event.name, event.data).value, event.version)
            for event in events
            if event.name in SAY_STATUS
        ],
    )


def on_linked(events: list[Event], work: UnitOfWork) -> None:
    """Tell residents that their complaint is handled with another one; nobody is named, not even by a number.

    That a group has another master is nothing to them.
    """
    add_to_timeline(
        work.connection,
        [
            TimelineRow(event.id, event.subject, what, None, event.data["at"])
            for event in events
            if event.data["replaces"] is None and (what := _linked(event)) is not None
        ],
    )


def on_proposed(events: list[Event], work: UnitOfWork) -> None:
    """Show residents what they are offered, and that their answer was noted (R111, R112)."""
    add_to_timeline(
        work.connection,
        [TimelineRow(event.id, event.subject, *_proposal(event.data), event.data["at"]) for event in events],
    )


def _proposal(data: Mapping[str, Any]) -> tuple[str, str | None]:
    """Result, time and commitment, one a line; an answer is noted without them."""
    if data["status"] != ProposalStatus.PROPOSED:
        return f"proposal_{data['status']}", None
    done_by = data["done_by"].astimezone(ZoneInfo(data["zone"]))
    return "proposed", "\n".join(
        (mask(data["result"]), f"{done_by:%Y-%m-%d %H:%M}", mask(data["commitment"]))
    )


def _linked(event: Event) -> str | None:
    kind = event.data["kind"]
    if event.data["removed"]:
        return "separated" if kind in _HANDLED_TOGETHER else None
    return _LINKED.get(kind)


def _row(event: Event) -> TimelineRow:
    what, field = _TIMELINE[event.name]
    if event.data.get("verdict") == Verdict.INVALID:
        what = "found_invalid"
    note = event.data.get(field) if field else None
    return TimelineRow(event.id, event.subject, what, mask(note) if note else None, event.data["at"])


HANDLERS: Mapping[str, Handler] = {
    "staff.changed": on_staff_changed,
    **dict.fromkeys(_TIMELINE, on_case_moved),
    "complaint.linked": on_linked,
    "complaint.proposed": on_proposed,
    "replay.requested": on_requested,
}
