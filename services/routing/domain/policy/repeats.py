"""When a complaint repeats an earlier one (R190)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Repeats:
    """`days` is the longest time between a complaint and the earlier one it repeats, both ends included."""

    days: int

    @property
    def within(self) -> timedelta:
        """The same as a time."""
        return timedelta(days=self.days)
