"""Who is responsible for a case (R93, R94, R98)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Responsible:
    """For each grade of severity the role that answers for it (R93, R94)."""

    minor: str
    important: str
    major: str


@dataclass(frozen=True, slots=True)
class Roles:
    """Who answers for a case by its severity, and for which urgencies a person is appointed for the case (R98)."""

    responsible: Responsible
    appointed: tuple[str, ...]
