"""What severity is computed with (R60, R63, R66-R68, R71)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactChannels:
    """Channels that are facts by themselves: written and transferred complaints (R28, R66), the media (R61)."""

    written: tuple[str, ...]
    transferred_from: tuple[str, ...]
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactCategories:
    """Categories that are facts by themselves: overall level of the service (R67), conduct of staff (R68)."""

    overall_level: tuple[str, ...]
    staff_conduct: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grading:
    """Figures and lists behind severity.

    A matter is a group's from `group_households` distinct households on (R60), a loss is larger from `loss` yuan on
    (R63); more than `majority` of an estate's households call for an investigation group (R71).
    """

    group_households: int
    loss: int
    majority: float
    channels: FactChannels
    categories: FactCategories
