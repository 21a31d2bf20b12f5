"""A superior's consent before an answer on money or planning (R103)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.approvals import Kind
from services.routing.domain.consents import needs_consent
from services.routing.domain.work_orders import Step, allowed
from services.routing.storage import work_orders
from services.routing.usecases import approvals, steps
from services.routing.usecases.context import Rules, policy_of


def ask_to_answer(work: UnitOfWork, rules: Rules, id_: str, caller: Principal, *, answer: str) -> str:
    """Ask that a complaint be answered with these words; returns the id of the request.

    `answer` is masked, and given as it is once a superior consents. Raises `NotFound`, `Forbidden`, and `Conflict` where the
    caller may answer by himself, where an answer is out of turn, and while one waits for consent.
    """
    held = steps.lock(work, id_, scope=caller.path)
    steps.check(work, held, Step.ANSWER, caller)
    if not needs_consent(policy_of(work, rules, held.case), held.case.category, caller.role):
        raise Conflict("answer_needs_no_consent")
    return approvals.request(
        work, held.case, Kind.ANSWER, by=caller.id, reason=mask(answer), details={}, work_order_id=id_
    )


def give_answer(work: UnitOfWork, rules: Rules, case: Row[Any], asked: Row[Any], granted_by: str) -> None:
    """What the consent leads to: the complainant is answered with the words that were consented to.

    Raises `Conflict` where the order was answered or handed on meanwhile, so that the request can only be refused.
    """
    held = steps.Locked(case, work_orders.lock(work.connection, asked.work_order_id))
    possible = allowed(held.position)
    if Step.ANSWER not in possible:
        raise Conflict(
            "step_not_allowed",
            step=Message(f"order_step_{Step.ANSWER.value}"),
            status=Message(f"order_status_{held.order.status}"),
            allowed=tuple(Message(f"order_step_{each}") for each in sorted(possible))
            or Message("order_step_none"),
        )
    steps.done(work, rules, held, Step.ANSWER, by=asked.requested_by, text=asked.reason)
