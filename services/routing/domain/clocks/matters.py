"""Which of several settings holds for a case: the one that says most about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

Setting = TypeVar("Setting")


@dataclass(frozen=True, slots=True)
class Matter:
    """What of a case decides about its clocks."""

    category: str
    urgency: str
    severity: str
    channel: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Which cases a setting is meant for. What is empty asks nothing; a category stands for those below it too."""

    category: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()

    def fits(self, matter: Matter) -> bool:
        """Whether a case is meant."""
        return (
            (not self.category or bool(self._categories(matter)))
            and (not self.urgency or matter.urgency in self.urgency)
            and (not self.severity or matter.severity in self.severity)
            and (not self.channel or matter.channel in self.channel)
        )

    def weight(self, matter: Matter) -> tuple[int, ...]:
        """How much it says of a case it fits: compared item by item, more is more specific.

        First how many things it asks for; then whether it asks for the category, and how deep, the urgency, the
        severity, the channel.
        """
        depth = max((one.count(".") + 1 for one in self._categories(matter)), default=0)
        asks = (depth, *(int(bool(each)) for each in (self.urgency, self.severity, self.channel)))
        return (sum(map(bool, asks)), *asks)

    def _categories(self, matter: Matter) -> list[str]:
        return [one for one in self.category if f"{matter.category}.".startswith(f"{one}.")]


def most_specific(settings: Iterable[tuple[Condition, Setting]], matter: Matter) -> Setting | None:
    """The setting whose condition says most about a case, of equals the first; None where none fits."""
    fitting = [
        (condition.weight(matter), setting) for condition, setting in settings if condition.fits(matter)
    ]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None
