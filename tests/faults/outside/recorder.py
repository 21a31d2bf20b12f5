"""The senders of notification in a process of their own, with a provider that writes every call into a file.

Run with the URL of notification's database, the file, and how many seconds the clock is ahead: so that a lease of the process
before this one is over without waiting.
"""

from __future__ import annotations

import os
import sys
import threading
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
_ATTEMPTS = 1000


class Recorder:
    """Keeps the key of every call, whatever becomes of the caller."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def send(self, message: Message) -> Receipt:
        """Take the message over."""
        os.write(self._descriptor, f"{message.key}\n".encode())
        return Receipt(message.key)


class ClockAhead(SystemClock):
    """A clock that is so many seconds ahead."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """See `Clock`."""
        return super().now() + self._ahead


def run(url: str, file: Path, ahead: float) -> None:
    """Send until the process is killed."""
    clock, stop = ClockAhead(ahead), Stop()
    database = Database("notification", connect(url, application="recorder"), CATALOGUE, clock)
    calls, metrics = TimedCalls(10.0, SENDERS * 2), SenderMetrics(CollectorRegistry())
    sender = Sender(database, Recorder(file), calls, metrics, clock, max_attempts=_ATTEMPTS)
    Loops([sender.loop(f"sender-{at}") for at in range(SENDERS)], stop, clock).start()
    threading.Event().wait()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
