"""Who answers for a case (R93, R94, R98)."""

from __future__ import annotations

from services.routing.domain.policy.roles import Roles
from services.routing.domain.severity import Severity


def responsible_role(roles: Roles, severity: str) -> str:
    """The role that answers for cases of this severity (R93, R94)."""
    role: str = getattr(roles.responsible, severity)
    return role


def told_at_once(roles: Roles, severity: str, urgency: str) -> bool:
    """Whether who answers for a case is told of it by name as it comes in: what is graver than minor, and what is urgent."""
    return severity != Severity.MINOR or urgency in roles.appointed
