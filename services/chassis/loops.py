"""Threads that turn until they are told to stop, and that show that they turn (DESIGN §3, liveness).

A process ends in the order of `Stage`, so that a stop leaves nothing half done for the broker to deliver again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

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
#: What a stage that hangs may use of the time that is left.
_SHARE = 0.75

_log = structlog.get_logger(__name__)


class Deadline:
    """Measures the work under way, one piece on each thread; `exceeded` while one has lasted longer than `seconds`."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self.seconds = seconds
        self._since: dict[int, float] = {}

    def __enter__(self) -> None:
        self._since[threading.get_ident()] = self._clock.monotonic()

    def __exit__(self, *_error: object) -> None:
        self._since.pop(threading.get_ident(), None)

    def exceeded(self) -> bool:
        """Whether the work under way has overrun its time."""
        now = self._clock.monotonic()
        return any(now - since > self.seconds for since in list(self._since.values()))


class Stage(IntEnum):
    """How a process ends, in this order and within its grace.

    LEAVING: `/readyz` says no; requests are taken for the drain time still, then those under way finished (RELIABILITY P32).
    WORK: nothing more is consumed or begun; what is in hand is finished and acknowledged.
    RELAY: what the last transactions left in the outbox is sent.
    """

    LEAVING = 0
    WORK = 1
    RELAY = 2


class Stop:
    """How far the end of the process has come. Stages are reached in their order and never left."""

    def __init__(self) -> None:
        self._reached = {stage: threading.Event() for stage in Stage}

    def reach(self, stage: Stage) -> None:
        """This stage begins, and with it all before it."""
        for each in Stage:
            if each <= stage:
                self._reached[each].set()

    def reached(self, stage: Stage) -> bool:
        """Whether this stage has begun."""
        return self._reached[stage].is_set()

    def wait(self, seconds: float, stage: Stage = Stage.WORK) -> bool:
        """Pause for so long, or until this stage begins; true when it has."""
        return self._reached[stage].wait(seconds)

    def set(self) -> None:
        """Everything is to end now."""
        self.reach(max(Stage))


@dataclass
class Loop:
    """A step to be repeated. `step` answers whether there was work: then it is called again, after `rest` seconds.

    Otherwise the loop waits `pause` seconds, or until `wake` is set. A step may raise: the loop goes on after a pause.
    `Unavailable` and an absent database are told in one line.

    The loop ends when the process reaches `stage`. Then `finish` is called, again and again while it answers true and does not
    raise, and `close` at last, all on the loop's thread.
    """

    name: str
    step: Callable[[], bool]
    pause: float
    rest: float = 0.0
    wake: threading.Event = field(default_factory=threading.Event)
    stage: Stage = Stage.WORK
    finish: Callable[[], bool] = lambda: False
    close: Callable[[], None] = lambda: None


class Loops:
    """Runs loops on a thread each. `stuck_after` seconds without a turn make `stuck` name a loop."""

    def __init__(self, loops: Sequence[Loop], stop: Stop, clock: Clock) -> None:
        self._loops = list(loops)
        self._stop = stop
        self._clock = clock
        self._threads: list[tuple[Loop, threading.Thread]] = []
        self._due: dict[str, float] = {}

    def start(self) -> None:
        """Start every loop."""
        for loop in self._loops:
            self._due[loop.name] = self._clock.monotonic()
            thread = threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True)
            thread.start()
            self._threads.append((loop, thread))

    def stop(self, timeout: float) -> list[str]:
        """End all loops stage by stage, within `timeout` seconds in all; returns the names of those that did not end.

        A stage that hangs leaves time to those behind it: it gets three quarters of what is left.
        """
        deadline = self._clock.monotonic() + timeout
        for stage in Stage:
            left = max(0.0, deadline - self._clock.monotonic())
            self._end(stage, left if stage is max(Stage) else left * _SHARE)
        return [loop.name for loop, thread in self._threads if thread.is_alive()]

    def stuck(self) -> list[str]:
        """Names of the loops that should have turned `STUCK_AFTER` seconds ago, also because their thread ended."""
        now = self._clock.monotonic()
        return [name for name, due in self._due.copy().items() if now - due > STUCK_AFTER]

    def _end(self, stage: Stage, timeout: float) -> None:
        self._stop.reach(stage)
        ending = [(loop, thread) for loop, thread in self._threads if loop.stage is stage]
        for loop, _ in ending:
            loop.wake.set()
        deadline = self._clock.monotonic() + timeout
        for _, thread in ending:
            thread.join(max(0.0, deadline - self._clock.monotonic()))

    def _run(self, loop: Loop) -> None:
        try:
            while not self._stop.reached(loop.stage):
                self._due[loop.name] = self._clock.monotonic()
                pause = loop.rest if self._worked(loop, loop.step) else loop.pause
                if not pause:
                    continue
                self._due[loop.name] = self._clock.monotonic() + pause
                loop.wake.wait(pause)
                loop.wake.clear()
            while self._worked(loop, loop.finish):
                self._due[loop.name] = self._clock.monotonic()
        finally:
            loop.close()

    def _worked(self, loop: Loop, step: Callable[[], bool]) -> bool:
        try:
            return step()
        except Exception as error:
            if isinstance(error, Unavailable) or is_absent(error):
                _log.warning("loop_waits", loop=loop.name, error=f"{type(error).__name__}: {error}")
            else:
                _log.exception("loop_failed", loop=loop.name)
            self._stop.wait(_ERROR_PAUSE, loop.stage)
            return False


def watchdog(
    loops: Loops,
    deadlines: Sequence[Deadline],
    starved: Callable[[], Sequence[str]],
    stop: Stop,
    end: Callable[[int], None] = os._exit,
) -> Loop:
    """A loop that ends the process when a loop is stuck, a handler overruns its time (DESIGN §2.7) or a queue is `starved`.

    Ending is the only way to stop a thread that hangs; the broker then hands its messages to another process. A process that
    stops is left in peace: its grace is its limit.
    """

    def look() -> bool:
        stuck, queues = loops.stuck(), list(starved())
        overrun = any(deadline.exceeded() for deadline in deadlines)
        if (stuck or queues or overrun) and not stop.reached(Stage.WORK):
            _log.critical("process_stuck", loops=stuck, queues=queues, overrun=overrun)
            end(EXIT_STUCK)
        return False

    return Loop("watchdog", look, pause=1.0)
