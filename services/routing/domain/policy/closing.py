"""Who consents to what, and what closing a case takes (R51, R122, R131, R135)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Approvers:
    """For each kind of approval the roles that may decide it."""

    invalid: tuple[str, ...]
    abnormal_close: tuple[str, ...]

    def of(self, kind: str) -> tuple[str, ...]:
        """The roles that may decide requests of this kind."""
        roles: tuple[str, ...] = getattr(self, kind)
        return roles


@dataclass(frozen=True, slots=True)
class Closing:
    """How cases come to an end.

    `consent` is whether a second person has to consent before a case is closed abnormally (R51), and `waivable` names the
    conditions of closing that may be missing then.
    """

    approvers: Approvers
    consent: bool
    waivable: tuple[str, ...]
