"""A message deleted by hand comes back with the next sealing, over both transports (DESIGN §2.12).

Everything runs as in a service, on the real clock; spans of a second stand for hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import pytest
from kombu import Connection
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select

from services.chassis.archive import archive
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.effects import Handler
from services.chassis.loops import Loops, Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.outbox import outbox
from services.chassis.references import References
from services.chassis.relay import Relay
from services.chassis.seals import Seals
from services.chassis.seals.checking import Checking, seal_checks
from services.chassis.seals.resending import Resending
from services.chassis.seals.sealing import Sealing
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing import eventually
from services.chassis.testing.services import handling
from services.chassis.transport import Transport, queue_of
from services.chassis.worker import Worker
from tests.integration.chassis.conftest import CATALOGUE, Ledger
from tests.integration.chassis.seals.conftest import SOLD, amounts, rows, sample

SPAN = timedelta(seconds=1)
#: Longer than a transaction of the test lasts, on a busy machine too.
MARGIN = timedelta(seconds=1)
PATIENCE = timedelta(seconds=0.3)
QUEUE = queue_of("ledger")


@dataclass(frozen=True)
class Hand:
    """Somebody who takes messages out of the ledger's queue."""

    #: Takes out the oldest message; whether there was one.
    take_one: Callable[[], bool]
    #: Takes out all; how many there were.
    purge: Callable[[], int]


@pytest.fixture
def hand(transport: Transport, request: pytest.FixtureRequest) -> Hand:
    """A hand in whatever queue the messages are."""
    if transport.dead_queues:
        return _in_rabbitmq(request.getfixturevalue("rabbit_server"), request.getfixturevalue("vhost"))
    return _in_postgres(request.getfixturevalue("queue_table"))


def _in_rabbitmq(server: RabbitServer, vhost: str) -> Hand:
    def take_one() -> bool:
        with Connection(server.amqp_url(vhost)) as connection:
            return connection.channel().basic_get(QUEUE, no_ack=True) is not None

    def purge() -> int:
        with Connection(server.amqp_url(vhost)) as connection:
            purged: int = connection.channel().queue_purge(QUEUE)
            return purged

    return Hand(take_one, purge)


def _in_postgres(queue_table: str) -> Hand:
    def delete(limit: int | None) -> int:
        with psycopg.connect(queue_table) as connection:
            some = "SELECT id FROM queue WHERE queue = %s ORDER BY id LIMIT %s"
            return connection.execute(f"DELETE FROM queue WHERE id IN ({some})", (QUEUE, limit)).rowcount

    return Hand(lambda: delete(1) == 1, lambda: delete(None))


@pytest.fixture
def run(transport: Transport) -> Iterator[Callable[[Database, PlatformMetrics, dict[str, Handler]], None]]:
    """A function that starts a service with all it does for its streams."""
    running: list[Loops] = []

    def start(database: Database, metrics: PlatformMetrics, handlers: dict[str, Handler]) -> None:
        references = References(database.service, CATALOGUE)
        seals = Seals(
            Sealing(database, SPAN, MARGIN),
            Checking(database, metrics, PATIENCE),
            Resending(database, transport.publisher(), references, metrics),
        )
        stop, path = Stop(), handling(database, {**handlers, **seals.handlers()})
        worker = Worker(transport.consumer(queue_of(database.service), 50), path, stop, batch_size=50)
        relay = Relay(database, transport.publisher(), metrics)
        running.append(Loops([*worker.loops(), *seals.loops(), relay.loop()], stop, SystemClock()))
        running[-1].start()

    yield start
    for loops in running:
        assert loops.stop(10) == []


@pytest.fixture
def shop_metrics() -> PlatformMetrics:
    """The publisher's."""
    return PlatformMetrics(CollectorRegistry())


Run = Callable[[Database, PlatformMetrics, dict[str, Handler]], None]


def sell(shop: Database, count: int) -> None:
    with shop.begin() as work:
        for amount in range(count):
            work.record(SOLD, f"till-{amount}", {"amount": amount})
    eventually(lambda: rows(shop, outbox) == 0)


def test_a_message_deleted_by_hand_comes_back_and_takes_effect_once(
    run: Run,
    hand: Hand,
    shop: Database,
    books: Database,
    ledger: Ledger,
    shop_metrics: PlatformMetrics,
    metrics: PlatformMetrics,
) -> None:
    # Given ten sales in the queue of a ledger that is down
    run(shop, shop_metrics, {})
    sell(shop, 10)

    # When somebody takes one out, and the ledger comes back
    assert hand.take_one()
    run(books, metrics, {SOLD: ledger.on_sold})

    # Then
    eventually(lambda: amounts(books) == list(range(10)), timeout=20)
    assert sample(metrics, "linli_stream_missing_total", service="ledger", source="shop") == 1
    assert sample(shop_metrics, "linli_stream_resent_total", service="shop", consumer="ledger") == 1


def test_a_queue_emptied_with_the_seals_in_it_comes_back(
    run: Run,
    hand: Hand,
    shop: Database,
    books: Database,
    ledger: Ledger,
    shop_metrics: PlatformMetrics,
    metrics: PlatformMetrics,
) -> None:
    # Given sales, their seals and the seals of these in the queue
    run(shop, shop_metrics, {})
    sell(shop, 10)
    eventually(lambda: rows(shop, archive) >= 12)

    # When somebody empties the queue, and the ledger comes back
    assert hand.purge() >= 12
    run(books, metrics, {SOLD: ledger.on_sold})

    # Then
    eventually(lambda: amounts(books) == list(range(10)), timeout=30)
    eventually(lambda: _asked(books) == 0, timeout=20)


def _asked(books: Database) -> int:
    with books.read() as connection:
        return connection.scalar(select(func.count()).where(seal_checks.c.asked > 0)) or 0
