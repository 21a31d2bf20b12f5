"""Who takes a matter: the department of its category, and in it the person on shift with the least open work (R84-R89)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.routing.domain.shifts import Shift, on_shift

#: The department that accepts what no other takes (R45).
ACCEPTING: Final = "customer_service"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may take work of `department` for the estates in the subtree of `path`."""

    id: str
    department: str
    path: str
    shifts: tuple[Shift, ...]


class Workloads:
    """How much open work each person has, kept up to date while a batch is assigned."""

    def __init__(self, open_orders: Mapping[str, int]) -> None:
        self._open = dict(open_orders)

    def take(self, people: Iterable[str]) -> str | None:
        """Choose who has the least open work and count one more for him; ties go to the smaller id."""
        chosen = min(people, key=lambda person: (self._open.get(person, 0), person), default=None)
        if chosen is not None:
            self._open[chosen] = self._open.get(chosen, 0) + 1
        return chosen

    def of(self, person: str) -> int:
        """Open work of one person."""
        return self._open.get(person, 0)


def responsible_department(wanted: str, existing: Collection[str]) -> str:
    """The department that takes what the rule pack gives to `wanted`.

    An estate without that department hands the matter to the accepting department (R45); an estate for which no
    department is set up, or not even that one, keeps the code as it is.
    """
    if wanted in existing or ACCEPTING not in existing:
        return wanted
    return ACCEPTING


def available(candidates: Iterable[Candidate], department: str, minute: int) -> list[str]:
    """Ids of those who work for this department and are on shift at a minute of the estate's week."""
    return [
        candidate.id
        for candidate in candidates
        if candidate.department == department and on_shift(candidate.shifts, minute)
    ]
