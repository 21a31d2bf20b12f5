"""Who may appoint whom (R90-R97), and who stands above a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ROLES: Final = ("receiver", "handler", "head", "director", "centre", "group", "auditor", "operator")

_ESTATE_TEAM: Final = frozenset({"receiver", "handler", "head"})

#: For each role the roles it may give. Auditors read what others may not, so few may make one.
MAY_APPOINT: Final[dict[str, frozenset[str]]] = {
    "head": frozenset({"handler"}),
    "director": _ESTATE_TEAM,
    "centre": _ESTATE_TEAM | {"director"},
    "group": _ESTATE_TEAM | {"director", "centre", "auditor"},
    "operator": frozenset(ROLES),
}


def may_appoint(appointer: str, role: str) -> bool:
    """Whether a person of one role may make, change or disable a person of another."""
    return role in MAY_APPOINT.get(appointer, frozenset())


@dataclass(frozen=True, slots=True)
class Leader:
    """A person with a role above handlers, for the subtree of `path`; a head leads his `department` there."""

    id: str
    role: str
    path: str
    department: str | None


def nearest(leaders: Iterable[Leader], role: str, path: str, department: str) -> str | None:
    """Of those with this role above a place the one nearest to it; a head only of the department in question.

    Of two who are equally near it is the one with the smaller id.
    """
    above = [
        leader
        for leader in leaders
        if leader.role == role
        and (not leader.path or path == leader.path or path.startswith(f"{leader.path}/"))
        and (role != "head" or leader.department == department)
    ]
    found = min(above, key=lambda leader: (-len(leader.path), leader.id), default=None)
    return found.id if found else None
