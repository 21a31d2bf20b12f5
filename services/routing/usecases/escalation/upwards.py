"""A person takes a case upwards: what is beyond his authority goes to whoever has it (R104)."""

from __future__ import annotations

from typing import Final

from services.chassis.auth.principal import Principal
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.policy.escalation import Action, Receiver
from services.routing.storage import cases, escalations, estates, timeline
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.escalation.standing import surroundings

#: To whom a person of each role takes a case; the director to the company's complaint centre (R104).
UPWARDS: Final = {
    "handler": Receiver.HEAD,
    "receiver": Receiver.DIRECTOR,
    "head": Receiver.DIRECTOR,
    "director": Receiver.CENTRE,
    "centre": Receiver.GROUP,
}
_ORDER: Final = tuple(Receiver)


def escalate(
    work: UnitOfWork, rules: Rules, number: str, caller: Principal, *, to: str | None, reason: str
) -> None:
    """Tell whoever is above, who looks on from now on; `reason` is masked.

    Without `to` it is the next above the caller. Raises `NotFound`, `Conflict` for a case at its end or where nobody is
    above, `Invalid` for a receiver who is not above the caller.
    """
    case = cases.lock_one(work.connection, number, scope=caller.path)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    if Status(case.status) in ENDED:
        raise Conflict("case_already_ended", status=Message(f"case_status_{case.status}"))
    above = UPWARDS[caller.role]
    receiver = Receiver(to) if to else above
    if _ORDER.index(receiver) < _ORDER.index(above):
        raise Invalid(fields={"to": ["escalation_not_upwards"]})
    places = estates.estates_of(work.connection, [case.estate])
    around = surroundings(work.connection, rules, [case], places, work.now, duty=receiver is Receiver.DUTY)
    receivers = [id_ for id_ in around.standings[number].reached([receiver]) if id_ != caller.id]
    if not receivers:
        raise Conflict("escalation_reaches_nobody")
    escalations.observe(work.connection, number, receivers, work.now)
    told = {"cause": "person", "level": 0, "action": Action.ADD.value, "receivers": receivers}
    text = mask(reason)
    timeline.append(
        work.connection,
        [timeline.entry(number, work.now, "escalated", by=caller.id, text=text, details=told)],
    )
    tell(work, "complaint.escalated", case, {**told, "by": caller.id, "reason": text[:2000], "at": work.now})
