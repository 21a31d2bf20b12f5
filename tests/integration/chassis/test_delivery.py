"""From the outbox of one service to an effect in another, over both transports (DESIGN §2.2–§2.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from services.chassis import dead_letters, outbox, retries
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.ids import new_id
from services.chassis.loops import Loops, Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.relay import Relay
from services.chassis.testing import eventually
from services.chassis.testing.services import handling
from services.chassis.transport import Message, Transport, queue_of
from services.chassis.worker import Worker
from tests.integration.chassis.conftest import Ledger, entries


@pytest.fixture
def run(
    transport: Transport, shop: Database, books: Database, ledger: Ledger, metrics: PlatformMetrics
) -> Iterator[Callable[[], Loops]]:
    """A function that starts the shop's relay and the ledger's worker; all end with the test."""
    running: list[Loops] = []

    def start() -> Loops:
        stop = Stop()
        consumer = transport.consumer(queue_of("ledger"), 50)
        worker = Worker(consumer, handling(books, {"shop.sold": ledger.on_sold}), stop, batch_size=50)
        relay = Relay(shop, transport.publisher(), metrics)
        running.append(Loops([*worker.loops(), relay.loop()], stop, SystemClock()))
        running[-1].start()
        return running[-1]

    yield start
    for loops in running:
        assert loops.stop(10) == []


def sell(shop: Database, *amounts: int) -> None:
    with shop.begin() as work:
        for amount in amounts:
            work.record("shop.sold", f"till-{amount}", {"amount": amount})


def amounts(books: Database) -> list[int]:
    with books.read() as connection:
        return sorted(connection.scalars(select(entries.c.amount)))


def unsent(shop: Database) -> int:
    with shop.read() as connection:
        return outbox.pending(connection)[0]


def test_every_event_takes_effect_once(run: Callable[[], Loops], shop: Database, books: Database) -> None:
    # Given
    run()

    # When
    for start in range(0, 300, 10):
        sell(shop, *range(start, start + 10))

    # Then
    eventually(lambda: len(amounts(books)) >= 300)
    eventually(lambda: unsent(shop) == 0)
    assert amounts(books) == list(range(300))


def test_a_worker_that_is_stopped_and_started_goes_on_where_it_was(
    run: Callable[[], Loops], shop: Database, books: Database
) -> None:
    # Given
    first = run()
    sell(shop, *range(100))
    eventually(lambda: len(amounts(books)) > 0)
    first.stop(10)

    # When
    sell(shop, *range(100, 200))
    run()

    # Then
    eventually(lambda: len(amounts(books)) >= 200)
    assert amounts(books) == list(range(200))


def test_bad_messages_become_dead_letters_and_the_good_ones_pass(
    run: Callable[[], Loops], shop: Database, books: Database, transport: Transport
) -> None:
    # Given
    bad = [b"{", b"", b"[]", b"\xff\xfe", b'{"specversion":"1.0"}']
    publisher = transport.publisher()
    for n, body in enumerate(bad):
        publisher.publish([Message(new_id(), "shop.sold", body)])
        sell(shop, n)
    publisher.close()

    # When
    run()

    # Then
    eventually(lambda: amounts(books) == list(range(5)))
    with books.read() as connection:
        bodies = connection.scalars(select(dead_letters.dead_letters.c.body))
        assert sorted(map(bytes, bodies)) == sorted(bad)


def test_a_failing_message_waits_in_the_table_and_takes_effect_later(
    run: Callable[[], Loops], shop: Database, books: Database, ledger: Ledger
) -> None:
    # Given a message that fails the first time
    failed: list[Event] = []

    def fail_once(event: Event) -> Exception | None:
        if event.data["amount"] == 3 and not failed:
            failed.append(event)
            return RuntimeError("once")
        return None

    ledger.fail = fail_once
    run()

    # When
    sell(shop, *range(6))

    # Then
    eventually(lambda: amounts(books) == list(range(6)))
    with books.read() as connection:
        assert connection.scalars(select(retries.retries.c.event_id)).all() == []


def test_two_workers_and_two_relays_share_the_work(
    run: Callable[[], Loops], shop: Database, books: Database
) -> None:
    # Given
    run()
    run()

    # When
    for start in range(0, 400, 20):
        sell(shop, *range(start, start + 20))

    # Then
    eventually(lambda: len(amounts(books)) >= 400)
    assert amounts(books) == list(range(400))
