"""How complaints about one matter are found and brought together (R60, R71, R72)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of likeness counts; one that cannot be told, because a place is not known, counts for nothing."""

    text: float
    place: float
    time: float


@dataclass(frozen=True, slots=True)
class Matters:
    """Figures of the search for complaints about one matter, and what becomes of them.

    A complaint is compared with at most `compared` others of its estate and category received within `days` of it.
    From the score `like` on, the `suggested` best are suggested as of one group; from `duplicate` on as duplicates, where
    the household may be the same. With `join_unasked`, those from `join_from` on are joined as soon as they are a group.
    An investigation is led by the role `led_by`, the nearest above the estate.
    """

    days: int
    compared: int
    suggested: int
    like: float
    duplicate: float
    weights: Weights
    join_unasked: bool
    join_from: float
    led_by: str

    @property
    def within(self) -> timedelta:
        """`days` as a time."""
        return timedelta(days=self.days)
