"""Principals and tokens for tests of routes."""

from __future__ import annotations

from dataclasses import dataclass, field

from joserfc.jwk import KeySet

from services.chassis.auth.keys import new_key_set, public
from services.chassis.auth.principal import Principal
from services.chassis.auth.tokens import issue
from services.chassis.clock import Clock
from services.chassis.http.access import Gate


@dataclass
class TestAuth:
    """A key set of its own, a gate that knows it, and headers for callers of any role."""

    __test__ = False

    clock: Clock
    keys: KeySet = field(default_factory=new_key_set)
    disabled: set[str] = field(default_factory=set)

    def gate(self) -> Gate:
        """Return a gate that admits what this signs, except the ids in ``disabled``."""
        return Gate(self, self, self.clock)

    def current(self) -> KeySet:
        """Return the public keys."""
        return public(self.keys)

    def is_disabled(self, principal_id: str) -> bool:
        """Say whether the test disabled this principal."""
        return principal_id in self.disabled

    def headers(self, role: str, path: str = "", id: str = "staff-1") -> dict[str, str]:
        """Return the headers of a caller of ``role`` who sees the subtree below ``path``."""
        principal = Principal(id=id, username=id, name=id, role=role, path=path)
        return {"Authorization": f"Bearer {issue(principal, self.keys, self.clock.now())}"}
