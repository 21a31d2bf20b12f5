"""A second person's consent: asked for, given, refused or taken back, each once (R51).

What a consent leads to is not known here: `decide` is told by kind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict, Forbidden, NotFound
from services.chassis.i18n import Message
from services.chassis.ids import new_id
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.approvals import Kind, Person, Status, refusal, rivals
from services.routing.storage import approvals, cases, staff, timeline
from services.routing.usecases.context import Rules, policy_of

#: What a consent leads to: the case and the request are locked, the last argument is who consented.
Effect = Callable[[UnitOfWork, Rules, Row[Any], Row[Any], str], None]

#: What the timeline calls the end of a request.
_ENTRIES: Final = {
    Status.GRANTED: "approval_granted",
    Status.REFUSED: "approval_refused",
    Status.WITHDRAWN: "approval_withdrawn",
}


def request(
    work: UnitOfWork,
    case: Row[Any],
    kind: Kind,
    *,
    by: str,
    reason: str,
    details: Mapping[str, Any],
    work_order_id: str | None = None,
) -> str:
    """Ask for consent on a locked case; returns the id of the request. `reason` must be masked.

    Raises `Conflict` while the same, or another that would end the case, is asked for.
    """
    rival = approvals.open_of(work.connection, case.number, rivals(kind))
    if rival is not None:
        raise Conflict(
            "approval_open",
            kind=Message(f"approval_kind_{rival.kind}"),
            by=_name(work, rival.requested_by),
            at=rival.requested_at.isoformat(timespec="seconds"),
        )
    id_ = new_id()
    approvals.insert(
        work.connection,
        {
            "id": id_,
            "number": case.number,
            "estate": case.estate,
            "work_order_id": work_order_id,
            "kind": kind.value,
            "status": Status.REQUESTED.value,
            "requested_by": by,
            "reason": reason,
            "details": details,
            "requested_at": work.now,
        },
    )
    entry = timeline.entry(
        case.number,
        work.now,
        "approval_requested",
        by=by,
        text=reason,
        work_order_id=work_order_id,
        details={"approval": id_, "kind": kind.value, **details},
    )
    timeline.append(work.connection, [entry])
    return id_


def decide(
    work: UnitOfWork,
    rules: Rules,
    id_: str,
    caller: Principal,
    *,
    granted: bool,
    reason: str | None,
    effects: Mapping[Kind, Effect],
) -> None:
    """Grant or refuse a request of the caller's subtree, with the effect of its kind. `reason` is masked.

    Of two who decide at once the second is told what the first said. Raises `NotFound`, `Forbidden` for the person who asked
    and for a role that may not, `Conflict` for what is decided.
    """
    case, asked = _lock(work, id_, caller.path)
    approvers = policy_of(work, rules, case).closing.approvers.of(asked.kind)
    refused = refusal(asked.requested_by, Person(caller.id, caller.role), approvers)
    if refused is not None:
        raise Forbidden(refused.value)
    _end(work, asked, Status.GRANTED if granted else Status.REFUSED, by=caller.id, reason=reason)
    if granted:
        effects[Kind(asked.kind)](work, rules, case, asked, caller.id)


def withdraw(work: UnitOfWork, id_: str, caller: Principal, *, reason: str | None) -> None:
    """Take back what one asked for. Raises `NotFound`, `Forbidden` for anybody else, `Conflict` for what is decided."""
    _, asked = _lock(work, id_, caller.path)
    if asked.requested_by != caller.id:
        raise Forbidden("approval_of_another")
    _end(work, asked, Status.WITHDRAWN, by=caller.id, reason=reason)


def open_id(work: UnitOfWork, number: str, kinds: Collection[Kind], *, scope: str) -> str:
    """The id of the open request of one of these kinds on a case of the subtree. Raises `NotFound`, `Conflict`."""
    if not cases.visible(work.connection, {number}, scope=scope):
        raise NotFound("complaint_unknown", number=number)
    asked = approvals.open_of(work.connection, number, kinds)
    if asked is None:
        raise Conflict("approval_none_open")
    return str(asked.id)


def lapse(work: UnitOfWork, numbers: Collection[str]) -> None:
    """What was asked about these locked cases is void: they ended, or begin anew."""
    lapsed = approvals.lapse(work.connection, numbers, work.now)
    timeline.append(work.connection, [_entry(work, asked, Status.WITHDRAWN) for asked in lapsed])


def _lock(work: UnitOfWork, id_: str, scope: str) -> tuple[Row[Any], Row[Any]]:
    number = approvals.number_of(work.connection, id_, scope=scope)
    case = cases.lock_one(work.connection, number, scope=scope) if number is not None else None
    if case is None:
        raise NotFound("approval_unknown", id=id_)
    asked = approvals.lock(work.connection, id_)
    if asked.status != Status.REQUESTED:
        raise Conflict(
            "approval_decided",
            status=Message(f"approval_status_{asked.status}"),
            by=_name(work, asked.decided_by) if asked.decided_by else Message("approval_by_nobody"),
            at=asked.decided_at.isoformat(timespec="seconds"),
        )
    return case, asked


def _end(work: UnitOfWork, asked: Row[Any], status: Status, *, by: str, reason: str | None) -> None:
    text = mask(reason) if reason else None
    approvals.decide(work.connection, asked.id, status, by=by, reason=text, at=work.now)
    timeline.append(work.connection, [_entry(work, asked, status, by=by, text=text)])


def _entry(
    work: UnitOfWork, asked: Row[Any], status: Status, *, by: str | None = None, text: str | None = None
) -> dict[str, Any]:
    return timeline.entry(
        asked.number,
        work.now,
        _ENTRIES[status],
        by=by,
        text=text,
        work_order_id=asked.work_order_id,
        details={"approval": asked.id, "kind": asked.kind},
    )


def _name(work: UnitOfWork, staff_id: str) -> str:
    """What colleagues call a person; his id where he is not on the staff list, as at a command line."""
    person = staff.by_id(work.connection, staff_id)
    return person.name if person else staff_id
