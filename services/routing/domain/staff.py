"""Who may appoint whom (R90-R97)."""

from __future__ import annotations

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
