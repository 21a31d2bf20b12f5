"""Complaints joined to one group: the oldest open one is the master, whatever the order of joins (R60)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from services.chassis.errors import Conflict, Invalid
from services.chassis.i18n import Message
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import LinkKind
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.groups import Member, plan
from services.routing.storage import links
from services.routing.usecases import link_changes
from services.routing.usecases.link_changes import Decision


def around(work: UnitOfWork, numbers: set[str]) -> set[str]:
    """These cases and all that are in a group with one of them."""
    roots = numbers | {link.other for link in links.of_members(work.connection, numbers)}
    return roots | {link.number for link in links.joined_to(work.connection, roots)}


def join(work: UnitOfWork, held: dict[str, Row[Any]], first: str, second: str, decision: Decision) -> None:
    """Make one group of two complaints and of all that are in a group with either; `held` are those cases, locked.

    Raises `Invalid` for complaints of two estates, `Conflict` for one that is at its end, or where links would lead in a
    circle.
    """
    if held[first].estate != held[second].estate:
        raise Invalid(fields={"other": ["link_other_estate"]})
    for number in (first, second):
        if Status(held[number].status) in ENDED:
            raise Conflict(
                "link_case_ended", number=number, status=Message(f"case_status_{held[number].status}")
            )
    standing = {link.number: link for link in links.of_members(work.connection, held)}
    wanted = plan(
        [member(case) for case in held.values()], {number: link.other for number, link in standing.items()}
    )
    if wanted.freed is not None:
        link_changes.remove(work, held[wanted.freed], standing[wanted.freed], decision)
    links.remove(
        work.connection,
        [standing[number].id for number in wanted.moved],
        work.now,
        decision.by,
        decision.reason,
    )
    changed = [held[number] for number in sorted({*wanted.joined, *wanted.moved})]
    link_changes.make(work, changed, LinkKind.JOINED_TO, wanted.master, decision, replaced=wanted.moved)
    circle = links.above(work.connection, wanted.master) & held.keys()
    if circle:
        raise Conflict("link_circle", number=min(circle), other=wanted.master)


def member(case: Row[Any]) -> Member:
    """A case as groups see it."""
    return Member(case.number, case.received_at, case.household_id, Status(case.status) in ENDED)
