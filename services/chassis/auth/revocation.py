"""Refusing principals that were disabled after their token was issued (DESIGN §6: within 5 s everywhere)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.auth.tables import principals
from services.chassis.clock import Clock

#: Seconds the set of disabled principals is trusted; with the way of the event it stays below 5 s.
TRUSTED_SECONDS = 2.0


@dataclass(frozen=True)
class PrincipalState:
    """What one event says of a principal; ``version`` is that of its stream."""

    id: str
    disabled: bool
    version: int


def remember_principals(connection: Connection, states: Iterable[PrincipalState]) -> None:
    """Keep the newest state of each principal, whatever order the states come in."""
    newest: dict[str, PrincipalState] = {}
    for state in states:
        known = newest.get(state.id)
        if known is None or state.version > known.version:
            newest[state.id] = state
    if not newest:
        return
    rows = [
        {"id": state.id, "disabled": state.disabled, "version": state.version}
        for _, state in sorted(newest.items())
    ]
    statement = insert(principals).values(rows)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[principals.c.id],
            set_={"disabled": statement.excluded.disabled, "version": statement.excluded.version},
            where=principals.c.version < statement.excluded.version,
        )
    )


def disabled_ids(connection: Connection) -> frozenset[str]:
    """Return the ids of all disabled principals."""
    return frozenset(connection.scalars(select(principals.c.id).where(principals.c.disabled)))


def is_disabled(connection: Connection, principal_id: str) -> bool:
    """Say whether the principal is known to be disabled; one not heard of yet is not."""
    found = select(principals.c.disabled).where(principals.c.id == principal_id)
    return bool(connection.scalar(found))


class DisabledPrincipals:
    """The disabled principals of one database, read at most every ``TRUSTED_SECONDS`` for all requests together."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._ids: frozenset[str] = frozenset()
        self._read_at: float | None = None

    def is_disabled(self, principal_id: str) -> bool:
        """Say whether the principal was disabled, as of at most ``TRUSTED_SECONDS`` ago."""
        with self._lock:
            now = self._clock.monotonic()
            if self._read_at is None or now - self._read_at >= TRUSTED_SECONDS:
                with self._read() as connection:
                    self._ids = disabled_ids(connection)
                self._read_at = now
            return principal_id in self._ids
