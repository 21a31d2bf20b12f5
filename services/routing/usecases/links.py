"""A person links complaints, or removes a link, with a reason (R60, R69)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import LinkKind
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.severity import Fact, FactName
from services.routing.storage import cases, links
from services.routing.usecases import grading, groups, link_changes
from services.routing.usecases.context import Rules
from services.routing.usecases.grading import Found
from services.routing.usecases.link_changes import Decision


@dataclass(frozen=True, slots=True)
class Wanted:
    """A link to be made: `number` is to `other` what `kind` says."""

    number: str
    kind: LinkKind
    other: str


def link(work: UnitOfWork, rules: Rules, wanted: Wanted, decision: Decision, *, scope: str) -> None:
    """Make a link, both ends of which are in the subtree; one that stands already is left as it is.

    Raises `NotFound` for the first complaint, `Invalid` for another one that cannot be meant, `Conflict` where links
    would lead in a circle.
    """
    number, other = wanted.number, wanted.other
    if number == other:
        raise Invalid(fields={"other": ["link_to_itself"]})
    links.hold(work.connection)
    if links.standing(work.connection, number, wanted.kind, other) is not None:
        _visible(work, number, scope)
        return
    joining = wanted.kind is LinkKind.JOINED_TO
    held = cases.lock(work.connection, groups.around(work, {number, other}) if joining else {number, other})
    seen = cases.visible(work.connection, {number, other}, scope=scope)
    if number not in seen:
        raise NotFound("complaint_unknown", number=number)
    if other not in seen:
        raise Invalid(fields={"other": ["link_other_unknown"]})
    if joining:
        _check_group(held[number], held[other])
        groups.join(work, rules, held, decision)
        return
    if wanted.kind is LinkKind.SECOND_COMPLAINT_OF and not received(held[other]) < received(held[number]):
        raise Invalid(fields={"other": ["link_not_earlier"]})
    if number in links.above(work.connection, other):
        raise Conflict("link_circle", number=number, other=other)
    link_changes.make(work, [held[number]], wanted.kind, other, decision)
    if wanted.kind is LinkKind.SECOND_COMPLAINT_OF:
        fact = Fact(FactName.SECOND_COMPLAINT_OF, other)
        grading.add_facts(work, rules, [Found(number, fact, "link", by=decision.by, reason=decision.reason)])


def unlink(work: UnitOfWork, number: str, id_: str, *, scope: str, by: str, reason: str) -> None:
    """Remove a link, from either end; one that is removed already is left as it is. `reason` is masked.

    Raises `NotFound` where the complaint, the link or its other end is not there for the caller.
    """
    links.hold(work.connection)
    found = links.find(work.connection, id_, number)
    ends = {number} if found is None else {found.number, found.other}
    held = cases.lock(work.connection, ends)
    seen = cases.visible(work.connection, ends, scope=scope)
    if number not in seen:
        raise NotFound("complaint_unknown", number=number)
    if found is None or seen != ends:
        raise NotFound("link_unknown", id=id_)
    if found.removed_at is None:
        link_changes.remove(work, held[found.number], found, Decision(by, mask(reason)))


def _check_group(one: Row[Any], other: Row[Any]) -> None:
    if one.estate != other.estate:
        raise Invalid(fields={"other": ["link_other_estate"]})
    for case in (one, other):
        if Status(case.status) in ENDED:
            status = Message(f"case_status_{case.status}")
            raise Conflict("link_case_ended", number=case.number, status=status)


def _visible(work: UnitOfWork, number: str, scope: str) -> None:
    if not cases.visible(work.connection, {number}, scope=scope):
        raise NotFound("complaint_unknown", number=number)


def received(case: Row[Any]) -> tuple[Any, str]:
    """What orders complaints in time."""
    return case.received_at, case.number
