"""Threads that turn until they are told to stop, and that show that they turn (DESIGN §3, liveness)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from services.chassis.clock import Clock

#: A loop that has not turned for this long is stuck, in seconds.
STUCK_AFTER = 30.0
#: Exit status of a process that ended itself because a loop was stuck (EX_SOFTWARE).
EXIT_STUCK = 70
_ERROR_PAUSE = 1.0

_log = structlog.get_logger(__name__)


class Deadline:
    """Measures one piece of work after the other; `exceeded` while the present one has lasted longer than `seconds`."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._since: float | None = None

    def __enter__(self) -> None:
        self._since = self._clock.monotonic()

    def __exit__(self, *_error: object) -> None:
        self._since = None

    def exceeded(self) -> bool:
        """Whether the work under way has overrun its time."""
        since = self._since
        return since is not None and self._clock.monotonic() - since > self._seconds


class Stop(threading.Event):
    """Set once, when the process is to end."""


@dataclass
class Loop:
    """A step to be repeated. `step` answers whether there was work: then it is called again at once.

    Otherwise the loop waits `pause` seconds, or until `wake` is set. `close` is called on the loop's thread at its end.
    """

    name: str
    step: Callable[[], bool]
    pause: float
    wake: threading.Event = field(default_factory=threading.Event)
    close: Callable[[], None] = lambda: None


class Loops:
    """Runs loops on a thread each. `stuck_after` seconds without a turn make `stuck` name a loop."""

    def __init__(self, loops: Sequence[Loop], stop: Stop, clock: Clock) -> None:
        self._loops = list(loops)
        self._stop = stop
        self._clock = clock
        self._threads: list[threading.Thread] = []
        self._turned: dict[str, float] = {}

    def start(self) -> None:
        """Start every loop."""
        for loop in self._loops:
            self._turned[loop.name] = self._clock.monotonic()
            thread = threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float) -> list[str]:
        """Tell all loops to end and wait up to `timeout` seconds in all; returns the names of those that did not."""
        self._stop.set()
        for loop in self._loops:
            loop.wake.set()
        deadline = self._clock.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - self._clock.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def stuck(self) -> list[str]:
        """Names of the loops that have not turned for `STUCK_AFTER` seconds."""
        now = self._clock.monotonic()
        return [name for name, turned in self._turned.items() if now - turned > STUCK_AFTER]

    def _run(self, loop: Loop) -> None:
        try:
            while not self._stop.is_set():
                self._turned[loop.name] = self._clock.monotonic()
                if self._worked(loop):
                    continue
                loop.wake.wait(loop.pause)
                loop.wake.clear()
        finally:
            loop.close()
            self._turned.pop(loop.name, None)

    def _worked(self, loop: Loop) -> bool:
        try:
            return loop.step()
        except Exception:
            _log.exception("loop_failed", loop=loop.name)
            self._stop.wait(_ERROR_PAUSE)
            return False


def watchdog(
    loops: Loops, deadlines: Sequence[Deadline], stop: Stop, end: Callable[[int], None] = os._exit
) -> Loop:
    """A loop that ends the process when a loop is stuck or a handler overruns its time (DESIGN §2.7).

    Ending is the only way to stop a thread that hangs; the broker then hands its messages to another process.
    """

    def look() -> bool:
        stuck = loops.stuck()
        if (stuck or any(deadline.exceeded() for deadline in deadlines)) and not stop.is_set():
            _log.critical("process_stuck", loops=stuck)
            end(EXIT_STUCK)
        return False

    return Loop("watchdog", look, pause=1.0)
