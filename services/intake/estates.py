"""Estates by code, remembered for a few seconds: every complaint asks for one, and they hardly ever change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from services.chassis.clock import Clock
from services.intake.storage.tree import Estate, find_estate

#: Seconds until a change of an estate is seen.
TRUSTED_SECONDS = 5.0

#: So many estates are remembered at most.
_CAPACITY = 10_000


class EstateDirectory:
    """Looks estates up; one that is not there is looked for each time, so a new one is found at once."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._known: dict[str, tuple[float, Estate]] = {}

    def find(self, code: str) -> Estate | None:
        """Return the estate of a code, as of at most `TRUSTED_SECONDS` ago."""
        now = self._clock.monotonic()
        remembered = self._known.get(code)
        if remembered is not None and now - remembered[0] < TRUSTED_SECONDS:
            return remembered[1]
        with self._read() as connection:
            estate = find_estate(connection, code)
        if estate is not None:
            if len(self._known) >= _CAPACITY:
                self._known.clear()
            self._known[code] = (now, estate)
        return estate
