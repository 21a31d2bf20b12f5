"""Servers and processes end in the middle of things: nothing is lost, nothing takes effect twice (RELIABILITY)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from services.chassis import dead_letters, outbox
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.errors import Unavailable
from services.chassis.ids import new_id
from services.chassis.loops import Loops, Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.migrations import migrate
from services.chassis.relay import Relay
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.sql import connect
from services.chassis.testing import eventually
from services.chassis.testing.servers import MakePostgresServer
from services.chassis.testing.services import handling
from services.chassis.transport import Message, Transport, queue_of
from services.chassis.transport.postgres import PostgresTransport
from services.chassis.transport.rabbitmq import RabbitTransport
from services.chassis.worker import Worker
from tests.faults.proxy import Proxy
from tests.integration.chassis.conftest import CATALOGUE, Ledger, entries, metadata
from tests.integration.chassis.worker_process import HANGS

ROOT = Path(__file__).parents[3]
#: RabbitMQ 3.10 loses a quorum queue when it is killed within seconds of its declaration.
SETTLED = 6.0


def sell(shop: Database, *amounts: int) -> None:
    with shop.begin() as work:
        for amount in amounts:
            work.record("shop.sold", f"till-{amount % 7}", {"amount": amount})


def amounts(books: Database) -> list[int]:
    with books.read() as connection:
        return sorted(connection.scalars(select(entries.c.amount)))


def letters(books: Database) -> list[tuple[str, int]]:
    table = dead_letters.dead_letters
    with books.read() as connection:
        return [tuple(row) for row in connection.execute(select(table.c.reason, table.c.attempts))]


def unsent(shop: Database) -> int:
    with shop.read() as connection:
        return outbox.pending(connection)[0]


@pytest.fixture
def run(
    ledger: Ledger, metrics: PlatformMetrics
) -> Iterator[Callable[[Database, Database, Transport], None]]:
    """A function that starts a relay and a worker; both end with the test."""
    stop = Stop()
    running: list[Loops] = []

    def start(shop: Database, books: Database, transport: Transport) -> None:
        path = handling(books, {"shop.sold": ledger.on_sold})
        worker = Worker(transport.consumer(queue_of("ledger"), 20), path, stop, batch_size=20)
        relay = Relay(shop, transport.publisher(), metrics)
        running.append(Loops([*worker.loops(), relay.loop()], stop, SystemClock()))
        running[-1].start()

    yield start
    for loops in running:
        assert loops.stop(15) == []


def test_a_broker_that_is_killed_loses_and_doubles_nothing(
    run: Callable[[Database, Database, Transport], None],
    rabbit_server: RabbitServer,
    rabbit_transport: RabbitTransport,
    shop: Database,
    books: Database,
) -> None:
    # Given sales that go on all the time
    settled_at = time.monotonic() + SETTLED
    run(shop, books, rabbit_transport)
    sold, enough = 0, threading.Event()

    def go_on() -> None:
        nonlocal sold
        while not enough.wait(0.005):
            sell(shop, *range(sold, sold + 3))
            sold += 3

    selling = threading.Thread(target=go_on)
    selling.start()
    try:
        eventually(lambda: amounts(books) and time.monotonic() >= settled_at)

        # When
        rabbit_server.kill()
        before = sold
        eventually(lambda: sold > before + 30)
        rabbit_server.start()
        eventually(lambda: len(amounts(books)) > before + 30, timeout=30)
    finally:
        enough.set()
        selling.join()
        rabbit_server.start()

    # Then
    eventually(lambda: unsent(shop) == 0, timeout=20)
    eventually(lambda: len(amounts(books)) >= sold, timeout=20)
    assert amounts(books) == list(range(sold))
    assert letters(books) == []


def test_a_database_that_is_killed_loses_and_doubles_nothing(
    run: Callable[[Database, Database, Transport], None],
    make_postgres_server: MakePostgresServer,
    postgres_transport: PostgresTransport,
    shop: Database,
    tmp_path: Path,
) -> None:
    # Given a consumer whose database is a server of its own
    server = make_postgres_server(durable=True)
    server.start()
    server.create_database("books")
    engine = connect(server.url("books"), application="books")
    migrate(engine, tmp_path)
    metadata.create_all(engine)
    books = Database("ledger", engine, CATALOGUE, SystemClock())
    run(shop, books, postgres_transport)

    # When it is killed while it works, and stays away for a while
    for start in range(0, 300, 10):
        sell(shop, *range(start, start + 10))
    eventually(lambda: amounts(books))
    server.kill()
    sell(shop, *range(300, 330))
    eventually(lambda: unsent(shop) == 0)
    server.start()

    # Then
    eventually(lambda: len(amounts(books)) >= 330, timeout=20)
    assert amounts(books) == list(range(330))
    assert letters(books) == []
    engine.dispose()


def test_a_late_confirm_is_never_credited_to_the_next_message(
    rabbit_server: RabbitServer, rabbit_transport: RabbitTransport, vhost: str
) -> None:
    # Given a publisher that waits half a second for confirms, and a broker whose answers take longer
    direct = rabbit_server.amqp_url(vhost)
    proxy = Proxy(make_url(direct).port or 5672)
    slow = RabbitTransport(
        direct.replace(f":{make_url(direct).port}/", f":{proxy.port}/"), confirm_timeout=0.5
    )
    with closing(proxy), closing(slow.publisher()) as publisher:
        assert publisher.publish([Message(new_id(), "shop.sold", b"0")]) == [True]
        proxy.answers.delay = 1.0

        # When the confirm of the first comes late and the second never leaves this machine
        with pytest.raises(Unavailable):
            publisher.publish([Message(new_id(), "shop.sold", b"1")])
        proxy.requests.lost.set()
        proxy.answers.delay = 0.0

        # Then the second is not confirmed
        with pytest.raises(Unavailable):
            publisher.publish([Message(new_id(), "shop.sold", b"2")])

        # When the line is well again
        proxy.requests.lost.clear()

        # Then so is the publisher
        assert publisher.publish([Message(new_id(), "shop.sold", b"3")]) == [True]

    # Then what was confirmed is there
    with closing(rabbit_transport.consumer(queue_of("ledger"), 10)) as consumer:
        bodies: list[bytes] = []

        def received() -> list[bytes]:
            bodies.extend(delivery.body for delivery in consumer.receive(10, 0.2))
            return bodies

        eventually(lambda: {b"0", b"3"} <= set(received()))
    assert b"2" not in bodies


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
    assert letters(books) == [("crashed", 5)]
    assert amounts(books) == list(range(30))
