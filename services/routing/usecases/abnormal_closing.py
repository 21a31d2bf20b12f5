"""Closing a case before its regular end, with the consent of a second person (R51)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.approvals import Kind
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.closing import Condition, Course, missing_to_close
from services.routing.domain.policy.closing import Closing
from services.routing.storage import cases, links
from services.routing.usecases import approvals, endings
from services.routing.usecases.context import Rules, policy_of

BY_STAFF: Final = "by_staff"
#: What becomes of members that are closed with their master; others are kept.
_CLOSE: Final = "close"


def close_by_staff(
    work: UnitOfWork,
    rules: Rules,
    number: str,
    caller: Principal,
    *,
    reason: str,
    members: Mapping[str, str | None],
) -> None:
    """Ask that a case be closed though conditions of its closing are missing; closes at once where no consent is needed.

    `members` says by kind of link what becomes of the open complaints that are joined to it or duplicates of it, `close` or
    `keep`. `reason` is masked. Raises `NotFound`, `Invalid` where that is not said, and `Conflict` for a case at its end, for
    conditions that nobody may waive, and while its closing is asked for already.
    """
    case = cases.lock_one(work.connection, number, scope=caller.path)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    policy = policy_of(work, rules, case).closing
    missing = _waived(policy, case)
    silent = {kind for kind in links.open_members(work.connection, case) if not members.get(kind)}
    if silent:
        raise Invalid(fields={f"members.{kind}": ["members_undecided"] for kind in silent})
    closing = sorted(kind for kind, what in members.items() if what == _CLOSE)
    why = mask(reason)
    if policy.consent.needed(case.severity):
        details = {"missing": list(missing), "closes": closing}
        approvals.request(work, case, Kind.ABNORMAL_CLOSE, by=caller.id, reason=why, details=details)
    else:
        _close(work, rules, case, caller.id, why, closing)


def close_abnormally(
    work: UnitOfWork, rules: Rules, case: Row[Any], asked: Row[Any], granted_by: str
) -> None:
    """What the consent leads to: the case is closed as who asked for it said."""
    _waived(policy_of(work, rules, case).closing, case)
    _close(work, rules, case, asked.requested_by, asked.reason, asked.details.get("closes", ()))


def _waived(policy: Closing, case: Row[Any]) -> tuple[Condition, ...]:
    if Status(case.status) in ENDED:
        raise Conflict("case_already_ended", status=Message(f"case_status_{case.status}"))
    missing = missing_to_close(Course(signed_off=case.status == Status.RESOLVED))
    barred = [condition for condition in missing if condition not in policy.waivable]
    if barred:
        raise Conflict(
            "close_conditions_missing",
            missing=tuple(Message(f"close_condition_{condition}") for condition in barred),
        )
    return missing


def _close(
    work: UnitOfWork, rules: Rules, case: Row[Any], by: str, reason: str, closing: Collection[str]
) -> None:
    """Close a case, and with it the members by these kinds of links; a member closed alone leaves its master open."""
    members = links.open_members(work.connection, case)
    numbers = {number for kind in closing for number in members.get(kind, ())}
    together = [case, *cases.lock(work.connection, numbers).values()]
    endings.close(work, rules, [endings.Ending(each, BY_STAFF, work.now, by, reason) for each in together])
