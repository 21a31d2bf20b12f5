"""Complaints of several households about one matter: one of them is the master, the others are joined to it (R60, R71).

Members are kept apart: each has its own complainant, its own work and its own end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Member:
    """What a group needs to know of a complaint; `household_id` is None where nobody knows whose it is."""

    number: str
    received_at: datetime
    household_id: str | None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes a group of some complaints: its master, and what is to change in who is joined to whom.

    `joined` are new members, `moved` had another master before (by number, who it was), `freed` is the one that becomes
    master and was a member before.
    """

    master: str
    joined: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    freed: str | None = None


def plan(members: Collection[Member], masters: Mapping[str, str]) -> Plan:
    """How these complaints become one group; `masters` says to whom each is joined today.

    The master is the oldest that is not at its end, so the order of joins does not matter.
    """
    master = min(members, key=lambda each: (each.ended, each.received_at, each.number)).number
    others = sorted(each.number for each in members if each.number != master)
    return Plan(
        master,
        joined=tuple(number for number in others if number not in masters),
        moved={number: masters[number] for number in others if masters.get(number, master) != master},
        freed=master if master in masters else None,
    )


def distinct_households(members: Iterable[Member]) -> int:
    """How many households complain: who complains twice is one, and of whom no household is known counts for none (R60)."""
    return len({each.household_id for each in members} - {None})


def needs_investigation(households: int, of_estate: int, share: float) -> bool:
    """Whether more than this share of the households of an estate complain about one matter (R71)."""
    return of_estate > 0 and households > share * of_estate
