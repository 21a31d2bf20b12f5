"""Which policy holds where, as fast as a look into a mapping."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import structlog
from marshmallow import ValidationError
from sqlalchemy import Connection

from services.chassis.clock import Clock
from services.chassis.scope import lineage
from services.routing.domain.policy.inheritance import Content, merged
from services.routing.domain.policy.policy import Policy
from services.routing.policy.files import shipped
from services.routing.policy.registry import SECTIONS, document_schema
from services.routing.storage import policies as rows

#: Seconds a process trusts the documents it has read: a change holds everywhere after that.
TRUSTED_SECONDS: Final = 2.0

_log = structlog.get_logger(__name__)


class Documents:
    """The documents of all places at one instant."""

    def __init__(self, contents: Mapping[str, Content]) -> None:
        self._contents = contents
        self._of_path: dict[str, Policy] = {}
        self._of_chain: dict[tuple[str, ...], tuple[Policy, Content]] = {(): (_default(), shipped())}

    def of(self, path: str) -> Policy:
        """The policy that holds at a place; places with the same documents share it."""
        policy = self._of_path.get(path)
        if policy is None:
            chain = tuple(place for place in lineage(path) if place in self._contents)
            policy = self._of_path[path] = self._made(chain)[0]
        return policy

    def _made(self, chain: tuple[str, ...]) -> tuple[Policy, Content]:
        if chain not in self._of_chain:
            above = self._made(chain[:-1])
            self._of_chain[chain] = _changed(*above, chain[-1], self._contents[chain[-1]])
        return self._of_chain[chain]


@lru_cache(maxsize=1)
def _default() -> Policy:
    policy: Policy = document_schema().load(shipped())
    return policy


def _changed(policy: Policy, content: Content, path: str, document: Content) -> tuple[Policy, Content]:
    """What a document makes of the policy above it.

    A section that this version cannot read, as another version wrote it, stays as it is above: complaints come in
    all the same.
    """
    sections: dict[str, Any] = {}
    whole = dict(content)
    for name, part in document.items():
        try:
            wanted = merged(content[name], part)
            sections[name] = SECTIONS[name]().load(wanted)
            whole[name] = wanted
        except (ValidationError, KeyError) as error:
            _log.error("policy_section_unusable", path=path, section=name, error=str(error))
    return replace(policy, **sections), whole


class Policies:
    """The documents of a database, read again when they changed, which is looked for every `TRUSTED_SECONDS`."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._refreshing = threading.Lock()
        self._documents: Documents | None = None
        self._newest = 0
        self._read_at = 0.0

    def of(self, path: str) -> Policy:
        """The policy that holds at a place, as of at most `TRUSTED_SECONDS` ago."""
        return self.documents().of(path)

    def documents(self) -> Documents:
        """All documents. One thread asks the database; others meanwhile go on with what is known."""
        known = self._documents
        if known is not None and self._clock.monotonic() - self._read_at < TRUSTED_SECONDS:
            return known
        if not self._refreshing.acquire(blocking=known is None):
            assert known is not None
            return known
        try:
            return self._refreshed()
        finally:
            self._refreshing.release()

    def _refreshed(self) -> Documents:
        now = self._clock.monotonic()
        with self._read() as connection:
            newest = rows.newest(connection)
            if self._documents is None or newest != self._newest:
                self._documents = Documents(rows.contents(connection))
        self._newest, self._read_at = newest, now
        return self._documents
