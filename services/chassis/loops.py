"""Threads that turn until they are told to stop, and that show that they turn (DESIGN §3, liveness)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from services.chassis.clock import Clock
from services.chassis.errors import Unavailable
from services.chassis.sql import is_absent

#: A loop that has not turned for this long is stuck, in seconds.
STUCK_AFTER = 30.0
#: Exit status of a process that ended itself because a loop was stuck (EX_SOFTWARE).
EXIT_STUCK = 70
#: Pause after a step that failed, in seconds.
_ERROR_PAUSE = 0.5

_log = structlog.get_logger(__name__)


class Deadline:
    """Measures the work under way, one piece on each thread; `exceeded` while one has lasted longer than `seconds`."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._since: dict[int, float] = {}

    def __enter__(self) -> None:
        self._since[threading.get_ident()] = self._clock.monotonic()

    def __exit__(self, *_error: object) -> None:
        self._since.pop(threading.get_ident(), None)

    def exceeded(self) -> bool:
        """Whether the work under way has overrun its time."""
        now = self._clock.monotonic()
        return any(now - since > self._seconds for since in list(self._since.values()))


class Stop(threading.Event):
    """Set once, when the process is to end."""


@dataclass
class Loop:
    """A step to be repeated. `step` answers whether there was work: then it is called again at once.

    Otherwise the loop waits `pause` seconds, or until `wake` is set. `close` is called on the loop's thread at its end.
    A step may raise: the loop goes on after a pause. `Unavailable` and an absent database are told in one line.
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
        self._due: dict[str, float] = {}

    def start(self) -> None:
        """Start every loop."""
        for loop in self._loops:
            self._due[loop.name] = self._clock.monotonic()
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
        """Names of the loops that should have turned `STUCK_AFTER` seconds ago, also because their thread ended."""
        now = self._clock.monotonic()
        return [name for name, due in self._due.copy().items() if now - due > STUCK_AFTER]

    def _run(self, loop: Loop) -> None:
        try:
            while not self._stop.is_set():
                self._due[loop.name] = self._clock.monotonic()
                if self._worked(loop):
                    continue
                self._due[loop.name] = self._clock.monotonic() + loop.pause
                loop.wake.wait(loop.pause)
                loop.wake.clear()
        finally:
            loop.close()

    def _worked(self, loop: Loop) -> bool:
        try:
            return loop.step()
        except Exception as error:
            if isinstance(error, Unavailable) or is_absent(error):
                _log.warning("loop_waits", loop=loop.name, error=f"{type(error).__name__}: {error}")
            else:
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
