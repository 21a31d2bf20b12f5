"""Who is told of clocks that are about to run out or have, and who works after hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.matters import Condition


class Receiver(StrEnum):
    """Who is told, relative to the case: its handler, the head of his department, the director of the estate, the
    company's complaint centre, the group, the duty leader on shift (R43)."""

    HANDLER = "handler"
    HEAD = "head"
    DIRECTOR = "director"
    CENTRE = "centre"
    GROUP = "group"
    DUTY = "duty"


class Action(StrEnum):
    """What a level does besides telling: nothing, add the receivers as observers, or give them the work order."""

    TELL = "tell"
    ADD = "add"
    REASSIGN = "reassign"


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a plan: when, in working time from the due time on (negative: a warning before it), who, and what."""

    offset: timedelta
    receivers: tuple[str, ...]
    action: str


@dataclass(frozen=True, slots=True)
class LevelsFor:
    """Other levels for the cases that `when` means."""

    when: Condition
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The levels of one clock in their order: the general ones, and those of some cases by names of one's choice."""

    levels: tuple[Level, ...]
    cases: Mapping[str, LevelsFor]


@dataclass(frozen=True, slots=True)
class Escalation:
    """The plan of each clock."""

    record: Plan
    dispatch: Plan
    answer: Plan
    arrive: Plan
    follow_up: Plan
    solve: Plan
    return_visit: Plan

    def of(self, name: ClockName) -> Plan:
        """The plan of one clock."""
        plan: Plan = getattr(self, name.value)
        return plan


@dataclass(frozen=True, slots=True)
class AfterHours:
    """Who takes new work outside `calendar` (R43): those on shift with this role in this department."""

    calendar: str
    department: str
    role: str
