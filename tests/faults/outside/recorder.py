"""The senders of notification in a process of their own, with a provider that writes every call into a file.

Run with the URL of notification's database, the file, how many seconds the clock is ahead, so that a lease of the process
before this one is over without waiting, and how the provider answers.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.loops import Loops, Stop
from services.chassis.sql import connect
from services.contracts.catalogue import CATALOGUE
from services.notification.metrics import SenderMetrics
from services.notification.providers import Message, Receipt
from services.notification.sender import Sender
from services.notification.timed_calls import TimedCalls

#: As many as are shipped.
SENDERS = 2
#: A telephone at which the provider is slow.
SLOW = "+8613900139000"
#: How it answers for that one: seconds that a call takes, and those it is waited for.
AT_ONCE, SOON, LATE, NEVER = "at_once", "soon", "late", "never"
_ANSWERS: Mapping[str, tuple[float | None, float]] = {
    AT_ONCE: (0.0, 10.0),
    SOON: (8.0, 0.3),
    LATE: (90.0, 10.0),
    NEVER: (None, 0.3),
}
_ATTEMPTS = 1000


class Recorder:
    """Keeps the key of every call, whatever becomes of the caller; `slow` is how long it takes at a slow address."""

    def __init__(self, file: Path, slow: float | None) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._slow = slow

    def send(self, message: Message) -> Receipt:
        """Take the message over."""
        os.write(self._descriptor, f"{message.key}\n".encode())
        if SLOW in message.recipient:
            threading.Event().wait(self._slow)
        return Receipt(message.key)


class ClockAhead(SystemClock):
    """A clock that is so many seconds ahead."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """See `Clock`."""
        return super().now() + self._ahead


def run(url: str, file: Path, ahead: float, answers: str) -> None:
    """Send until the process is killed."""
    clock, stop = ClockAhead(ahead), Stop()
    database = Database("notification", connect(url, application="recorder"), CATALOGUE, clock)
    slow, patience = _ANSWERS[answers]
    calls, metrics = TimedCalls(patience, SENDERS * 2), SenderMetrics(CollectorRegistry())
    sender = Sender(database, Recorder(file, slow), calls, metrics, clock, max_attempts=_ATTEMPTS)
    Loops([sender.loop(f"sender-{at}") for at in range(SENDERS)], stop, clock).start()
    threading.Event().wait()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
