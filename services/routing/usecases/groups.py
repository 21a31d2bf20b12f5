"""Complaints joined to one group: the oldest open one is the master, whatever the order of joins (R60, R71, R72)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.errors import Conflict
from services.chassis.scope import lineage
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import EscalationAction, EscalationCause, LinkKind
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.groups import Member, Plan, distinct_households, needs_investigation, plan
from services.routing.domain.severity import Fact, FactName
from services.routing.domain.staff import nearest
from services.routing.storage import escalations, estates, facts, investigations, links, people, timeline
from services.routing.storage.estates import Estate
from services.routing.usecases import grading, link_changes
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.grading import Found
from services.routing.usecases.link_changes import Decision

_HOUSEHOLDS: Final = FactName.GROUP_HOUSEHOLDS


def around(work: UnitOfWork, numbers: set[str]) -> set[str]:
    """These cases and all that are in a group with one of them."""
    roots = numbers | {link.other for link in links.of_members(work.connection, numbers)}
    return roots | {link.number for link in links.joined_to(work.connection, roots)}


def join(work: UnitOfWork, rules: Rules, held: Mapping[str, Row[Any]], decision: Decision) -> None:
    """Make one group of all these cases, which are of one estate and locked; whoever is in a group with one is among them.

    Raises `Conflict` where links would lead in a circle.
    """
    standing = {link.number: link for link in links.of_members(work.connection, held)}
    wanted = plan(
        [member(case) for case in held.values()], {number: link.other for number, link in standing.items()}
    )
    own = [link.id for link in standing.values()]
    if circle := links.above(work.connection, wanted.master, but=own) & held.keys():
        raise Conflict("link_circle", number=min(circle), other=wanted.master)
    if wanted.freed is not None:
        link_changes.remove(work, held[wanted.freed], standing[wanted.freed], decision)
    replaced = [standing[number].id for number in wanted.moved]
    links.remove(work.connection, replaced, work.now, decision.by, decision.reason)
    changed = [held[number] for number in sorted({*wanted.joined, *wanted.moved})]
    link_changes.make(work, changed, LinkKind.JOINED_TO, wanted.master, decision, replaced=wanted.moved)
    _weigh(work, rules, held, wanted)


def _weigh(work: UnitOfWork, rules: Rules, held: Mapping[str, Row[Any]], planned: Plan) -> None:
    """What so many households mean: a grave matter from some on (R60), an investigation from half of all on (R71, R72)."""
    master = held[planned.master]
    place = estates.estates_of(work.connection, [master.estate])[master.estate]
    policy = rules.policies.of(place.path)
    households = distinct_households(member(case) for case in held.values())
    if households >= policy.grading.group_households:
        _grade(work, rules, held, planned, households)
    under = investigations.among(work.connection, held)
    for number in under - {planned.master}:
        investigations.move(work.connection, number, planned.master)
    of_estate = estates.households_of(work.connection, master.estate)
    if not under and needs_investigation(households, of_estate, policy.grading.majority):
        row = {"role": policy.matters.led_by, "households": households, "of_estate": of_estate}
        investigations.start(work.connection, {"number": master.number, "started_at": work.now, **row})
        timeline.append(
            work.connection, [timeline.entry(master.number, work.now, "investigation", details=row)]
        )
        _tell_leader(work, rules, master, place, row)


def _tell_leader(
    work: UnitOfWork, rules: Rules, master: Row[Any], place: Estate, found: Mapping[str, Any]
) -> None:
    """Who leads the investigation group is told, and looks on from now on; nobody, where nobody has the role."""
    role, category = found["role"], rules.pack.categories.get(master.category)
    above = people.leaders(work.connection, lineage(place.path), {role})
    leader = nearest(above, role, place.path, category.department if category else "")
    receivers = [leader] if leader else []
    escalations.observe(work.connection, master.number, receivers, work.now)
    told = {
        "cause": EscalationCause.INVESTIGATION.value,
        "level": 0,
        "action": EscalationAction.ADD.value,
        "receivers": receivers,
        "reason": f"{found['households']}/{found['of_estate']}",
    }
    tell(work, "complaint.escalated", master, {**told, "at": work.now})


def _grade(
    work: UnitOfWork, rules: Rules, held: Mapping[str, Row[Any]], planned: Plan, households: int
) -> None:
    """A group's matter is a grave one (R60). Each member learns once that it is one, the master how many there are."""
    told = facts.of_cases(work.connection, held)
    grouped = {
        number for number, known in told.items() if any(each.name == _HOUSEHOLDS.value for each in known)
    }
    numbers = sorted({planned.master, *(held.keys() - grouped)})
    fact = Fact(_HOUSEHOLDS, households)
    grading.add_facts(work, rules, [Found(number, fact, "group") for number in numbers])


def member(case: Row[Any]) -> Member:
    """A case as groups see it."""
    return Member(case.number, case.received_at, case.household_id, Status(case.status) in ENDED)
