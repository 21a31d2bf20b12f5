"""The only place that reads the wall clock; everything else takes a ``Clock`` (DESIGN §2.9)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Source of time, passed as an argument wherever time matters."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go backwards, for durations inside one process (RELIABILITY P39)."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the seconds of the machine's monotonic clock."""
        return time.monotonic()
