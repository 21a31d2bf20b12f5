"""How long the clocks run, and when they may be paused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.matters import Condition
from services.routing.domain.rules import Label


@dataclass(frozen=True, slots=True)
class Target:
    """How much time of a calendar a clock may take; None where it does not run."""

    target: timedelta | None
    calendar: str


@dataclass(frozen=True, slots=True)
class TargetFor:
    """Another target for the cases that `when` means; `calendar` is None where it is the clock's own."""

    when: Condition
    target: timedelta | None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of one clock: the general one, and those of some cases by names of the operator's choice."""

    target: timedelta | None
    calendar: str
    cases: Mapping[str, TargetFor]


@dataclass(frozen=True, slots=True)
class PauseReason:
    """A reason to pause: what people call it, which clocks it may pause, and for how long one clock in all."""

    label: Label
    clocks: tuple[str, ...]
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Clocks:
    """The targets of each clock (R37, R38, R85, R105, R106, R119) and the reasons for pauses by their codes."""

    record: Targets
    dispatch: Targets
    answer: Targets
    arrive: Targets
    follow_up: Targets
    solve: Targets
    return_visit: Targets
    pauses: Mapping[str, PauseReason]

    def of(self, name: ClockName) -> Targets:
        """The targets of one clock."""
        targets: Targets = getattr(self, name.value)
        return targets
