"""A solution proposed to the complainant, and agreed with him (R111, R112)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict, Invalid
from services.chassis.ids import new_id
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import ProposalStatus
from services.routing.domain.consents import needs_consent
from services.routing.domain.findings import Way
from services.routing.domain.work_orders import Step
from services.routing.storage import estates, proposals, timeline
from services.routing.usecases import steps
from services.routing.usecases.context import Rules, policy_of, tell


def propose(
    work: UnitOfWork,
    rules: Rules,
    id_: str,
    caller: Principal,
    *,
    result: str,
    done_by: datetime,
    commitment: str,
) -> None:
    """Propose what will be done, by when, and what is promised; it replaces one that was not answered.

    The texts are masked; the complainant reads them. Raises `NotFound`, `Forbidden`, `Invalid` for a time that has passed, and
    `Conflict` for an order that is not under way or a part, and where a superior has consented to no answer yet (R103).
    """
    held = _under_way(work, id_, caller)
    if done_by <= work.now:
        raise Invalid(fields={"done_by": ["time_has_passed"]})
    case = held.case
    delicate = needs_consent(policy_of(work, rules, case), case.category, caller.role)
    if delicate and not held.position.answered:
        raise Conflict("answer_needs_consent", category=case.category)
    proposals.replace_open(work.connection, case.number)
    made = {
        "id": new_id(),
        "number": case.number,
        "work_order_id": id_,
        "status": ProposalStatus.PROPOSED.value,
        "result": mask(result),
        "done_by": done_by,
        "commitment": mask(commitment),
        "proposed_by": caller.id,
        "proposed_at": work.now,
    }
    proposals.insert(work.connection, made)
    _tell(work, held, made, caller)


def answer(
    work: UnitOfWork, id_: str, caller: Principal, *, agreed: bool, way: Way, note: str | None
) -> None:
    """Write down what the complainant said to the proposal of a work order, and how he said it. `note` is for colleagues.

    Raises `NotFound`, `Forbidden`, and `Conflict` where no proposal waits for his answer.
    """
    held = _under_way(work, id_, caller)
    open_ = proposals.open_of(work.connection, held.case.number)
    if open_ is None:
        raise Conflict("proposal_none_open")
    status = ProposalStatus.AGREED if agreed else ProposalStatus.DECLINED
    proposals.decide(
        work.connection, open_["id"], status=status.value, way=way.value, by=caller.id, at=work.now
    )
    _tell(work, held, {**open_, "status": status.value}, caller, way=way, text=mask(note) if note else None)


def _under_way(work: UnitOfWork, id_: str, caller: Principal) -> steps.Locked:
    held = steps.lock(work, id_, scope=caller.path)
    steps.check(work, held, Step.PROGRESS, caller)
    if held.position.part:
        raise Conflict("proposal_of_a_part")
    return held


def _tell(
    work: UnitOfWork,
    held: steps.Locked,
    proposal: Mapping[str, Any],
    caller: Principal,
    *,
    way: Way | None = None,
    text: str | None = None,
) -> None:
    case, status = held.case, proposal["status"]
    place = estates.estates_of(work.connection, [case.estate])[case.estate]
    shown = {name: proposal[name] for name in ("result", "commitment", "done_by")}
    what = "proposed" if status == ProposalStatus.PROPOSED else f"proposal_{status}"
    details = {"proposal": proposal["id"], **(shown if way is None else {"way": way.value})}
    entry = timeline.entry(
        case.number,
        work.now,
        what,
        by=caller.id,
        text=text,
        work_order_id=held.order.id,
        details={name: str(value) for name, value in details.items()},
    )
    timeline.append(work.connection, [entry])
    data = {
        "proposal_id": proposal["id"],
        "status": status,
        **shown,
        "zone": place.zone,
        "by": caller.id,
        "at": work.now,
    }
    tell(work, "complaint.proposed", case, data)
