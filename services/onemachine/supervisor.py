"""Whatever ends unexpectedly is started again, at a bounded rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.chassis.clock import Clock
from services.chassis.servers.daemon import ServerError

#: Seconds before a start is repeated: doubled each time, from the first to the longest.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
#: Seconds after which what was started counts as healthy, so that its next end is a first one again.
HEALTHY_AFTER = 60.0


@dataclass
class Watched:
    """Something that shall always run: a private server or the process of a role."""

    name: str
    running: Callable[[], bool]
    start: Callable[[], None]
    _starts: int = field(default=0, init=False)
    _started: float = field(default=0.0, init=False)
    _due: float | None = field(default=None, init=False)

    def turn(self, now: float, report: Callable[[str], None]) -> None:
        """Start it if it does not run and its pause is over. `now` is the monotonic clock in seconds."""
        if self.running():
            return
        if self._due is None:
            self._due = now + self._pause(now)
            if self._starts:
                report(f"{self.name} ended, started again in {self._due - now:.1f} s")
        if now < self._due:
            return
        self._due = None
        self._starts += 1
        self._started = now
        try:
            self.start()
        except ServerError as error:
            report(f"{self.name}: {error}")

    def _pause(self, now: float) -> float:
        if now - self._started > HEALTHY_AFTER:
            self._starts = min(self._starts, 1)
        return min(FIRST_PAUSE * 2 ** (self._starts - 1), LONGEST_PAUSE) if self._starts else 0.0


class Supervisor:
    """Keeps everything it watches running."""

    def __init__(self, watched: list[Watched], clock: Clock, report: Callable[[str], None]) -> None:
        self._watched = watched
        self._clock = clock
        self._report = report

    def turn(self) -> None:
        """Start what is not running, in order."""
        for each in self._watched:
            each.turn(self._clock.monotonic(), self._report)
