"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: A Sunday noon in Hangzhou, far from any change of day in UTC or in the estate's zone.
DEFAULT_START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class ManualClock:
    """A ``Clock`` under the control of a test; ``now`` and ``monotonic`` advance together."""

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware instant")
        self._start = start.astimezone(UTC)
        self._elapsed = timedelta()

    def now(self) -> datetime:
        """Return the instant the clock stands at."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Return the seconds the clock was advanced since it was made."""
        return self._elapsed.total_seconds()

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move the clock forward."""
        step = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        if step < timedelta():
            raise ValueError("a clock does not go backwards")
        self._elapsed += step
