"""Compensation and remedy: kind, amount and what was agreed, on record once a superior consents (R117)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict, Forbidden, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.approvals import Kind
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.compensation import Remedy
from services.routing.storage import cases, timeline, work_orders
from services.routing.usecases import approvals
from services.routing.usecases.context import Rules


def ask_to_compensate(
    work: UnitOfWork,
    number: str,
    caller: Principal,
    *,
    remedy: Remedy,
    amount: str | None,
    agreement: str,
    reason: str,
) -> str:
    """Ask that a complainant be compensated as was agreed with him; returns the id of the request.

    `amount` is in yuan, as people write it. `agreement` and `reason` are masked; everybody who sees the case reads the reason.
    A handler asks for cases he has an order of. Raises `NotFound`, `Forbidden`, and `Conflict` for a case at its end and while
    one waits.
    """
    case = cases.lock_one(work.connection, number, scope=caller.path)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    if caller.role == "handler" and not work_orders.has_one(work.connection, number, caller.id):
        raise Forbidden("step_not_yours")
    if Status(case.status) in ENDED:
        raise Conflict("case_already_ended", status=Message(f"case_status_{case.status}"))
    details = {
        "remedy": remedy.value,
        "amount": amount,
        "agreement": mask(agreement),
    }
    return approvals.request(
        work, case, Kind.COMPENSATION, by=caller.id, reason=mask(reason), details=details
    )


def compensate(work: UnitOfWork, rules: Rules, case: Row[Any], asked: Row[Any], granted_by: str) -> None:
    """What the consent leads to: it stands in the timeline, under the name of who asked for it."""
    entry = timeline.entry(
        case.number,
        work.now,
        "compensated",
        by=asked.requested_by,
        details={"approval": asked.id, "kind": asked.kind, **asked.details},
    )
    timeline.append(work.connection, [entry])
