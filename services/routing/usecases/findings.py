"""Notes for colleagues on what was found out; complainants never read them (R108-R110, R113)."""

from __future__ import annotations

from services.chassis.auth.principal import Principal
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.findings import Finding
from services.routing.domain.work_orders import Step
from services.routing.storage import timeline
from services.routing.usecases import steps


def note(work: UnitOfWork, id_: str, caller: Principal, *, kind: Finding, text: str) -> None:
    """Write down what who has a work order found out, in his name. `text` is masked: a witness is named by his unit.

    It is on record in the timeline and in its chain, and no event tells of it. Raises `NotFound`, `Forbidden`, and `Conflict`
    for an order that is not under way.
    """
    held = steps.lock(work, id_, scope=caller.path)
    steps.check(work, held, Step.PROGRESS, caller)
    entry = timeline.entry(
        held.case.number,
        work.now,
        "found",
        by=caller.id,
        text=mask(text),
        work_order_id=id_,
        details={"kind": kind.value},
    )
    timeline.append(work.connection, [entry])
