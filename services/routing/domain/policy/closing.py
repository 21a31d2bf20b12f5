"""Who consents to what, what closing a case takes, and when it goes upwards (R51, R122, R123, R131, R135)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Approvers:
    """For each kind of approval the roles that may decide it."""

    invalid: tuple[str, ...]
    abnormal_close: tuple[str, ...]
    answer: tuple[str, ...]
    compensation: tuple[str, ...]

    def of(self, kind: str) -> tuple[str, ...]:
        """The roles that may decide requests of this kind."""
        roles: tuple[str, ...] = getattr(self, kind)
        return roles


@dataclass(frozen=True, slots=True)
class Consent:
    """For each grade of severity whether a second person has to consent to an abnormal closing."""

    minor: bool
    important: bool
    major: bool

    def needed(self, severity: str) -> bool:
        """Whether it is needed for a case of this severity."""
        needed: bool = getattr(self, severity)
        return needed


@dataclass(frozen=True, slots=True)
class Closing:
    """How cases come to an end, and how often they begin anew.

    `consent` says when a second person has to consent before a case is closed abnormally (R51), and `waivable` names the
    conditions of closing that may be missing then. After `rounds_before_escalation` rounds of doing it again a complainant who
    still is not satisfied is passed on to whoever has the role `escalates_to` (R123).
    """

    approvers: Approvers
    consent: Consent
    waivable: tuple[str, ...]
    rounds_before_escalation: int
    escalates_to: str
