"""Important, major and urgent cases have a person by name who answers for them, and learns it at once (R93, R94, R98)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from services.chassis.events import Event
from services.chassis.scope import lineage
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import EscalationAction, EscalationCause
from services.routing.domain.responsibility import responsible_role, told_at_once
from services.routing.domain.staff import nearest
from services.routing.storage import escalations, estates, links, people, timeline
from services.routing.storage.estates import Estate
from services.routing.usecases.context import Rules, tell


@dataclass(frozen=True, slots=True)
class Answered:
    """What of a case decides who answers for it."""

    number: str
    estate: str
    category: str
    severity: str
    urgency: str
    historical: bool
    cause: Event | None = None


def answers_for(
    connection: Connection, rules: Rules, case: Answered, place: Estate
) -> tuple[str, str | None]:
    """The role that answers for a case, and the nearest person who has it; None where nobody has."""
    role = responsible_role(rules.policies.of(place.path).roles, case.severity)
    category = rules.pack.categories.get(case.category)
    above = people.leaders(connection, lineage(place.path), {role})
    return role, nearest(above, role, place.path, category.department if category else "")


def tell_who_answers(work: UnitOfWork, rules: Rules, cases: Iterable[Answered]) -> None:
    """Tell who answers for these cases, where they are grave or urgent, and let him look on from now on.

    Who looks on already is not told again. The cases are locked, or new.
    """
    live = [case for case in cases if not case.historical]
    if not live:
        return
    places = estates.estates_of(work.connection, {case.estate for case in live})
    roles = {code: rules.policies.of(place.path).roles for code, place in places.items()}
    grave = [case for case in live if told_at_once(roles[case.estate], case.severity, case.urgency)]
    if not grave:
        return
    # Of a group its master is told of.
    members = {link.number for link in links.of_members(work.connection, {case.number for case in grave})}
    for case in grave:
        if case.number in members:
            continue
        place = places[case.estate]
        role, person = answers_for(work.connection, rules, case, place)
        if person is None or person in escalations.observers_of(work.connection, case.number):
            continue
        escalations.observe(work.connection, case.number, [person], work.now)
        entry = timeline.entry(case.number, work.now, "responsible", details={"role": role, "to": person})
        timeline.append(work.connection, [entry])
        told = {
            "cause": EscalationCause.RESPONSIBLE.value,
            "level": 0,
            "action": EscalationAction.ADD.value,
            "receivers": [person],
            "at": work.now,
        }
        tell(work, "complaint.escalated", case, told, cause=case.cause)


def answered(case: Any, cause: Event | None = None) -> Answered:
    """A case as it is, of its row."""
    return Answered(
        case.number, case.estate, case.category, case.severity, case.urgency, case.historical, cause
    )
