"""Verifying a case: valid at once, invalid with a second person's consent and an explanation (R47-R54)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.approvals import Kind
from services.routing.domain.cases import Status
from services.routing.domain.policy.verification import Verification
from services.routing.domain.verification import Verdict, obstacle, status_after_valid
from services.routing.storage import cases, timeline, work_orders
from services.routing.usecases import approvals, endings
from services.routing.usecases.context import Rules, policy_of, tell


def verify(
    work: UnitOfWork,
    rules: Rules,
    number: str,
    caller: Principal,
    *,
    verdict: Verdict,
    reasons: Sequence[str],
    explanation: str | None,
    note: str | None,
) -> None:
    """Say whether a complaint is valid, for reasons of the policy.

    Valid holds at once, and the case goes on. Invalid is a request: until a second person grants it the case goes on as well
    (R51). `explanation` is told to the complainant and needed for an invalid one (R52); `note` is for colleagues; both are
    masked. A handler verifies the cases he has an order of.

    Raises `NotFound`, `Forbidden`, `Invalid` for an unknown reason, and `Conflict` for a case at its end, a resolved one that
    is to be invalid, a verdict it has already, or one that is asked for.
    """
    case = cases.lock_one(work.connection, number, scope=caller.path)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    if caller.role == "handler" and not work_orders.has_one(work.connection, number, caller.id):
        raise Forbidden("step_not_yours")
    _known(policy_of(work, rules, case).verification, verdict, reasons)
    said, aside = (mask(text) if text else None for text in (explanation, note))
    unchanged = (case.verdict, case.verdict_reasons) == (verdict, list(reasons))
    refused = obstacle(Status(case.status), verdict, unchanged=unchanged)
    if refused is not None:
        raise Conflict(refused.value, status=Message(f"case_status_{case.status}"))
    found = {"verdict": verdict.value, "reasons": list(reasons), "explanation": said}
    if verdict is Verdict.INVALID:
        approvals.request(work, case, Kind.INVALID, by=caller.id, reason=aside or said or "", details=found)
        return
    status = status_after_valid(Status(case.status))
    _record(work, case, found, status, by=caller.id, text=aside)


def find_invalid(work: UnitOfWork, rules: Rules, case: Row[Any], asked: Row[Any], granted_by: str) -> None:
    """What the consent to `invalid` leads to: the complainant gets his explanation, and the case ends (R52)."""
    refused = obstacle(Status(case.status), Verdict.INVALID, unchanged=False)
    if refused is not None:
        raise Conflict(refused.value, status=Message(f"case_status_{case.status}"))
    _record(work, case, asked.details, Status.INVALID, by=asked.requested_by, approved_by=granted_by)
    ending = endings.Ending(
        case, Status.INVALID.value, work.now, asked.requested_by, asked.details["explanation"]
    )
    endings.close(work, rules, [ending])


def _known(policy: Verification, verdict: Verdict, reasons: Sequence[str]) -> None:
    known = policy.reasons(verdict)
    if not known.keys() >= set(reasons):
        raise Invalid(fields={"reasons": [Message("reason_unknown", {"known": tuple(known)})]})


def _record(
    work: UnitOfWork,
    case: Row[Any],
    found: dict[str, Any],
    status: Status,
    *,
    by: str,
    approved_by: str | None = None,
    text: str | None = None,
) -> None:
    values = {"verdict": found["verdict"], "verdict_reasons": found["reasons"], "status": status.value}
    cases.change(work.connection, list(values), [{"number": case.number, **values}])
    timeline.append(
        work.connection, [timeline.entry(case.number, work.now, "verified", by=by, text=text, details=found)]
    )
    told = {**found, "status": status.value, "by": by, "approved_by": approved_by, "at": work.now}
    tell(work, "complaint.verified", case, told)
