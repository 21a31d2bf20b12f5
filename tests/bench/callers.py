"""Tokens as routing gives them out, made with its own key: the bench signs nobody in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property

from joserfc.jwk import KeySet

from services.chassis.auth.keys import read_key_set
from services.chassis.auth.principal import Principal
from services.chassis.auth.tokens import issue
from tests.bench.ours import Ours

#: Longer than any bench.
_LIFETIME = timedelta(hours=2)


class Callers:
    """Makes a token for anybody, once each."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self._tokens: dict[tuple[str, str], str] = {}

    @cached_property
    def _keys(self) -> KeySet:
        return read_key_set(self._ours.plan.private_keys)

    def token(self, role: str, id_: str = "bench", path: str = "linli") -> str:
        """A token for who has this role below `path`."""
        if (role, id_) not in self._tokens:
            principal = Principal(id=id_, username=id_, name=id_, role=role, path=path)
            self._tokens[role, id_] = issue(principal, self._keys, datetime.now(UTC), _LIFETIME)
        return self._tokens[role, id_]
