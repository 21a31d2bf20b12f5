"""Callback tasks: opened when a complaint is resolved, taken by a person, ended with the resident's word (R131, R133, R135)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.errors import Conflict, NotFound
from services.chassis.events import Event
from services.chassis.ids import new_id
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.notification.domain import callbacks as domain
from services.notification.domain.callbacks import Attempt, Policy, Status, Task
from services.notification.storage import callbacks, cases
from services.notification.storage.cases import Case
from services.notification.usecases import contact_views, notices
from services.notification.wording import Wording

#: What the record of contact views says where the number was shown because of a claim.
CLAIMED = "callback"


@dataclass(frozen=True)
class Resolution:
    """One `complaint.resolved` about one case."""

    event: Event
    case: Case

    @property
    def round(self) -> int:
        """The round of the resolution, from 1."""
        return int(self.event.data["round"])


def open_tasks(work: UnitOfWork, wording: Wording, resolutions: Sequence[Resolution]) -> None:
    """Open a task for each resolution that still holds; where there is nobody to call, end it at once as unreached.

    `case` must be locked. A resolution that is over by now leaves a cancelled task, whatever order the events came in.
    Raises `NotFound` when the resident or the estate has not been heard of yet.
    """
    if not resolutions:
        return
    parties = [party for r in resolutions if (party := notices.reporter_of(r.case))]
    people = notices.known_contacts(work, parties)
    places = notices.known_estates(work, [r.case.estate for r in resolutions])
    rows: dict[str, tuple[Resolution, dict[str, Any]]] = {}
    for resolution in resolutions:
        case = resolution.case
        party = notices.reporter_of(case)
        contact = people[party] if party else None
        subject = notices.subject_of(case, places[case.estate], resolution.event.data["result"])
        row = _new_row(work, resolution)
        if case.ended_version > resolution.event.version:
            row["status"] = Status.CANCELLED
        elif contact is None or not contact.phone:
            row.update(status=Status.COMPLETED, outcome=domain.UNREACHED, completed_at=work.now)
        if contact and contact.phone:
            row["script"] = wording.script(contact.language, subject)
        rows[row["id"]] = (resolution, row)
    written = callbacks.write(work.connection, [row for _, row in rows.values()])
    for id_ in sorted(written):
        resolution, row = rows[id_]
        if row["status"] is Status.COMPLETED:
            _publish(work, {**row, "attempts": 0}, by=None, comment=None, cause=resolution.event)


def end_resolutions(work: UnitOfWork, versions: Mapping[str, int]) -> None:
    """These complaints were closed or reopened, at these versions of routing's stream: older callbacks are over.

    Raises `NotFound` when a complaint has not been heard of yet.
    """
    notices.known_cases(work, list(versions), lock=True)
    cases.end(work.connection, versions)
    callbacks.cancel_ended(work.connection, list(versions))


def end_unreachable(work: UnitOfWork, erased: Mapping[str, Event]) -> None:
    """Nobody can call these residents any more: end their open tasks, so that their complaints find an end too.

    `erased` gives the event that erased each, by party.
    """
    for row in callbacks.end_unreachable(work.connection, list(erased), domain.UNREACHED, work.now):
        _publish(work, row, by=None, comment=None, cause=erased[row["party_id"]])


def claim(
    work: UnitOfWork, id_: str, *, scope: str, caller: str, role: str, policy: Policy
) -> Mapping[str, Any]:
    """Give the task to `caller` and show whom to call; the look at the contact is recorded.

    Raises `NotFound` outside of `scope`, `Conflict` when the task is over, not due, or in somebody else's hands.
    """
    row = _locked(work, id_, scope)
    _refuse(domain.claim_obstacle(_task(row), caller, work.now))
    until = work.now + policy.claim
    callbacks.claim(work.connection, id_, caller, until)
    contact = contact_views.show(work, row["number"], row["party_id"], by=caller, role=role, reason=CLAIMED)
    return {
        **row,
        "claimed_by": caller,
        "claimed_until": until,
        "name": contact.name if contact else None,
        "phone": contact.phone if contact else None,
    }


def report(
    work: UnitOfWork,
    id_: str,
    attempt: Attempt,
    comment: str | None,
    *,
    scope: str,
    caller: str,
    policy: Policy,
) -> Mapping[str, Any]:
    """Note what a call came to, and publish `callback.completed` when the task is at its end.

    Raises `NotFound` outside of `scope`, `Conflict` when the task is over or not claimed by `caller`.
    """
    row = _locked(work, id_, scope)
    _refuse(domain.report_obstacle(_task(row), caller))
    step = domain.after(attempt, _task(row), policy, work.now)
    said = mask(comment) if comment else None
    callbacks.add_attempt(
        work.connection,
        {
            "callback_id": id_,
            "attempt": step.attempts,
            "by": caller,
            "outcome": attempt,
            "comment": said,
            "at": work.now,
        },
    )
    values: dict[str, Any] = {"attempts": step.attempts, "due_at": step.due_at, "comment": said}
    if step.outcome is not None:
        values |= {"status": Status.COMPLETED, "outcome": step.outcome, "completed_at": work.now}
    callbacks.change(work.connection, id_, values)
    changed = {**row, **values, "claimed_by": None, "claimed_until": None}
    if step.outcome is not None:
        _publish(work, changed, by=caller, comment=said)
    return changed


def _new_row(work: UnitOfWork, resolution: Resolution) -> dict[str, Any]:
    case = resolution.case
    return {
        "id": new_id(),
        "number": case.number,
        "round": resolution.round,
        "resolved_version": resolution.event.version,
        "estate": case.estate,
        "path": case.path,
        "party_id": case.party_id,
        "script": None,
        "status": Status.OPEN,
        "due_at": work.now,
        "outcome": None,
        "created_at": work.now,
        "completed_at": None,
    }


def _publish(
    work: UnitOfWork,
    row: Mapping[str, Any],
    *,
    by: str | None,
    comment: str | None,
    cause: Event | None = None,
) -> None:
    data = {
        "number": row["number"],
        "callback_id": row["id"],
        "outcome": row["outcome"],
        "comment": comment,
        "attempts": row["attempts"],
        "round": row["round"],
        "by": by,
        "at": work.now,
    }
    work.record("callback.completed", row["number"], data, estate=row["estate"], cause=cause)


def _locked(work: UnitOfWork, id_: str, scope: str) -> Mapping[str, Any]:
    row = callbacks.locked(work.connection, id_, scope)
    if row is None:
        raise NotFound("callback_unknown", id=id_)
    return row


def _refuse(obstacle: domain.Obstacle | None) -> None:
    if obstacle is not None:
        raise Conflict(obstacle.value)


def _task(row: Mapping[str, Any]) -> Task:
    return Task(
        Status(row["status"]), row["attempts"], row["due_at"], row["claimed_by"], row["claimed_until"]
    )
