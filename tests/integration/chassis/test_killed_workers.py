"""A worker process is killed, or hangs: nothing is lost, nothing takes effect twice (RELIABILITY F1, F15, F19)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from services.chassis.database import Database
from services.chassis.metrics import PlatformMetrics
from services.chassis.relay import Relay
from services.chassis.testing import eventually
from services.chassis.transport import Transport
from services.chassis.transport.postgres import PostgresTransport
from tests.faults.toy.trade import sell
from tests.integration.chassis.consumer import amounts, letters
from tests.integration.chassis.worker_process import HANGS

ROOT = Path(__file__).parents[3]


class WorkerProcess:
    """A running `worker_process`; its serving process is started anew whenever it ends."""

    def __init__(self, books: Database, queues: str, limit: float) -> None:
        url = books.engine.url.render_as_string(hide_password=False)
        module = "tests.integration.chassis.worker_process"
        self._arbiter = subprocess.Popen(
            [sys.executable, "-m", module, url, queues, str(limit)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )

    def served_by(self) -> int:
        """Wait for the next serving process; returns its id."""
        assert self._arbiter.stdout is not None
        return int(self._arbiter.stdout.readline())

    def close(self) -> None:
        """End it in order."""
        self._arbiter.terminate()
        self._arbiter.communicate(timeout=30)


@pytest.fixture
def queues(postgres_transport: PostgresTransport) -> str:
    """Where the queues are."""
    return postgres_transport._conninfo


def send_all(shop: Database, transport: Transport, metrics: PlatformMetrics) -> None:
    with closing(transport.publisher()) as publisher:
        relay = Relay(shop, publisher, metrics)
        while relay.step():
            pass


def test_a_worker_process_killed_in_the_middle_takes_effect_once(
    shop: Database,
    books: Database,
    postgres_transport: PostgresTransport,
    queues: str,
    metrics: PlatformMetrics,
) -> None:
    # Given
    for start in range(0, 600, 20):
        sell(shop, *range(start, start + 20))
    send_all(shop, postgres_transport, metrics)

    # When it is killed as soon as it has done something, three times
    with closing(WorkerProcess(books, queues, limit=10.0)) as process:
        for _ in range(3):
            pid = process.served_by()
            before = len(amounts(books))
            eventually(lambda before=before: len(amounts(books)) != before or before == 600, interval=0.001)
            os.kill(pid, signal.SIGKILL)

        # Then
        eventually(lambda: len(amounts(books)) >= 600, timeout=20)
    assert amounts(books) == list(range(600))
    assert letters(books) == []


def test_a_handler_that_hangs_ends_its_process_and_its_message_is_parked(
    shop: Database,
    books: Database,
    postgres_transport: PostgresTransport,
    queues: str,
    metrics: PlatformMetrics,
) -> None:
    # Given one message among many under which the handler hangs
    sell(shop, *range(10), HANGS, *range(10, 30))
    send_all(shop, postgres_transport, metrics)

    # When
    with closing(WorkerProcess(books, queues, limit=0.5)):
        eventually(lambda: letters(books), timeout=40)
        eventually(lambda: len(amounts(books)) == 30)

    # Then it is given up after five attempts, and the innocent are not
    assert letters(books) == [("crashed", 5, 1)]
    assert amounts(books) == list(range(30))
