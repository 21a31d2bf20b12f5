"""`kill -9` again and again, each time in the middle of work, and how long until work goes on."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from services.chassis.testing import eventually
from tests.e2e.installation import alive

#: Seconds that a process, or its work, may take to come back; more is a failure of its own.
PATIENCE = 90.0
_LONGEST_LIFE = 0.7


class Killer:
    """Kills what `target` names at the moment.

    `pulse` is something that changes as long as the work goes on: the recovery of a kill is the time until it does again.
    `revive` starts again what nobody else does; `longest_life` is how many seconds of work are left to what came back, at
    most. The moments are random, but the same in each run of a case.
    """

    def __init__(
        self,
        target: Callable[[], int | None],
        pulse: Callable[[], object],
        revive: Callable[[], None] = lambda: None,
        longest_life: float = _LONGEST_LIFE,
    ) -> None:
        self._target = target
        self._pulse = pulse
        self._revive = revive
        self._longest_life = longest_life
        self._random = random.Random(1)
        self._rest = threading.Event()
        #: Seconds from each kill to the first work after it.
        self.recoveries: list[float] = []

    def kill(self, times: int) -> None:
        """Kill so often, each time when work has gone on since the last. Raises AssertionError where it does not go on."""
        for _ in range(times):
            self._rest.wait(self._random.uniform(0, self._longest_life))
            pid = eventually(self._target, PATIENCE)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            began = monotonic()
            eventually(lambda pid=pid: not alive(pid), PATIENCE, interval=0.001)
            before = self._pulse()
            self._revive()
            eventually(lambda before=before: self._pulse() != before, PATIENCE, interval=0.02)
            self.recoveries.append(monotonic() - began)
