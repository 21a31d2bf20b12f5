"""The KPI definitions of DESIGN §6 once more, in plain Python over every pair of complaints: what the SQL is held to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.chassis.events import Event
from tests.integration.analytics.lives import Case


@dataclass(frozen=True)
class Story:
    """What truly happened to a complaint. `steps` of routing are in their order, `opinions` are (source, what, when)."""

    number: str
    estate: str
    kind: str
    channel: str
    received_at: datetime
    household_id: str | None
    location: str | None
    category: str | None
    withdrawn: bool
    severity: str | None
    departments: tuple[str, ...]
    answered_at: datetime | None
    breaches: frozenset[str]
    steps: tuple[tuple[str, datetime], ...]
    opinions: tuple[tuple[str, str, datetime], ...]

    def events(self) -> list[Event]:
        """What analytics is told of it."""
        case = Case(self.number, self.estate)
        told = [
            case.registered(
                self.received_at,
                kind=self.kind,
                channel=self.channel,
                household_id=self.household_id,
                location=self.location,
            )
        ]
        if self.category:
            told.append(case.classified(self.category, severity=self.severity))
        told += [case.assigned(department=department) for department in self.departments]
        if self.answered_at:
            told.append(case.answered(self.answered_at))
        told += [case.breached(clock) for clock in sorted(self.breaches)]
        told += [getattr(case, step)(at) for step, at in self.steps]
        told += [getattr(case, source)(what, at) for source, what, at in self.opinions]
        if self.withdrawn:
            told.append(case.withdrawn())
        return told

    def _last(self, step: str) -> int:
        return max((place for place, (done, _) in enumerate(self.steps) if done == step), default=-1)

    @property
    def valid(self) -> bool:
        found_invalid = self._last("found_invalid")
        taken_back = max(self._last("found_valid"), self._last("reopened"))
        return not self.withdrawn and found_invalid <= taken_back

    @property
    def resolved(self) -> bool:
        return self.valid and self._last("resolved") > self._last("reopened")

    @property
    def resolved_at(self) -> datetime:
        return self.steps[self._last("resolved")][1]

    @property
    def overdue(self) -> bool:
        if not self.valid or self._last("closed") > self._last("reopened"):
            return False
        waits_for_dispatch = "dispatch" in self.breaches and not self.departments
        return waits_for_dispatch or ("answer" in self.breaches and self.answered_at is None)

    @property
    def department(self) -> str | None:
        return self.departments[-1] if self.departments else None

    @property
    def category_group(self) -> str | None:
        if self.category is None:
            return None
        return self.category.split("/" if "/" in self.category else ".")[0]

    @property
    def place(self) -> str:
        return " ".join((self.location or "").upper().split())

    @property
    def eligible(self) -> bool:
        return self.valid and bool(self.household_id or self.place)

    @property
    def satisfaction(self) -> str | None:
        said = [
            (at, source == "rated", place, what) for place, (source, what, at) in enumerate(self.opinions)
        ]
        reached = [opinion for opinion in said if opinion[3] != "unreached"]
        return max(reached)[3] if reached and self.valid else None


def repeats(story: Story, all_of_the_kinds: Sequence[Story]) -> bool:
    """Whether an earlier valid complaint is about the same."""
    return story.eligible and any(
        other.valid
        and (other.received_at, other.number) < (story.received_at, story.number)
        and story.received_at - other.received_at <= timedelta(hours=720)
        and other.estate == story.estate
        and other.category == story.category is not None
        and (
            (story.household_id and other.household_id == story.household_id)
            or (story.place and other.place == story.place)
        )
        for other in all_of_the_kinds
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """Linear interpolation between the two nearest values."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def rows(
    stories: Sequence[Story],
    *,
    key: Callable[[Story], str | None],
    kinds: Sequence[str],
    inside: Callable[[Story], bool],
) -> dict[str | None, dict[str, Any]]:
    """The KPI row of each key over the stories `inside` the window and the scope."""
    of_the_kinds = [story for story in stories if story.kind in kinds]
    groups: dict[str | None, list[Story]] = defaultdict(list)
    for story in of_the_kinds:
        if inside(story):
            groups[key(story)].append(story)
    return {name: _row(group, of_the_kinds) for name, group in groups.items()}


def month(story: Story, zone: str) -> str:
    """The month of receipt in the estate's zone."""
    return story.received_at.astimezone(ZoneInfo(zone)).strftime("%Y-%m")


def _row(group: Sequence[Story], of_the_kinds: Sequence[Story]) -> dict[str, Any]:
    valid = [story for story in group if story.valid]
    resolved = [story for story in valid if story.resolved]
    eligible = [story for story in valid if story.eligible]
    repeated = [story for story in eligible if repeats(story, of_the_kinds)]
    responses = [(s.answered_at - s.received_at).total_seconds() for s in valid if s.answered_at]
    durations = [(s.resolved_at - s.received_at).total_seconds() for s in resolved]
    opinions = [s.satisfaction for s in valid if s.satisfaction]
    content = [opinion for opinion in opinions if opinion != "dissatisfied"]
    return {
        "received": len(group),
        "valid": len(valid),
        "resolved": len(resolved),
        "resolution_ratio": len(resolved) / len(valid) if valid else None,
        "repeat_eligible": len(eligible),
        "repeats": len(repeated),
        "repeat_ratio": len(repeated) / len(eligible) if eligible else None,
        "response_seconds": {"median": quantile(responses, 0.5), "p90": quantile(responses, 0.9)},
        "resolution_seconds": {
            "mean": sum(durations) / len(durations) if durations else None,
            "median": quantile(durations, 0.5),
            "p90": quantile(durations, 0.9),
            "max": max(durations, default=None),
        },
        "satisfaction_ratio": len(content) / len(opinions) if opinions else None,
        "overdue": sum(story.overdue for story in valid),
    }
