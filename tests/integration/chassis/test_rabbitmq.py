"""What only a real broker shows: lost connections, idle ones, and what it gives up (RELIABILITY rules 3–5, M7)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from kombu import Connection
from sqlalchemy import make_url, select

from services.chassis.database import Database
from services.chassis.envelope import encode
from services.chassis.ids import new_id
from services.chassis.loops import Stop
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing import eventually
from services.chassis.testing.services import handling, make_event
from services.chassis.transport import (
    REPLAY,
    Consumer,
    Delivery,
    Message,
    Transport,
    dead_queue_of,
    queue_of,
)
from services.chassis.transport.rabbitmq import RabbitTransport
from services.chassis.worker import DeadQueueWorker
from tests.integration.chassis.conftest import CATALOGUE, Ledger, entries
from tests.integration.chassis.proxy import Proxy


@pytest.fixture
def proxy(rabbit_server: RabbitServer, vhost: str) -> Iterator[Proxy]:
    with closing(Proxy(make_url(rabbit_server.amqp_url(vhost)).port or 5672)) as proxy:
        yield proxy


@pytest.fixture
def through_proxy(rabbit_transport: RabbitTransport, proxy: Proxy) -> RabbitTransport:
    port = make_url(rabbit_transport.url).port
    return RabbitTransport(rabbit_transport.url.replace(f":{port}/", f":{proxy.port}/"), heartbeat=2)


def send(transport: Transport, *bodies: bytes, key: str = "shop.sold", **others: str) -> None:
    with closing(transport.publisher()) as publisher:
        assert all(publisher.publish([Message(new_id(), key, body, **others) for body in bodies]))


def receive(consumer: Consumer, count: int) -> list[Delivery]:
    deliveries: list[Delivery] = []

    def enough() -> bool:
        deliveries.extend(consumer.receive(count - len(deliveries), 0.2))
        return len(deliveries) == count

    eventually(enough)
    return deliveries


def test_a_delivery_from_before_a_lost_connection_is_not_acknowledged_on_the_next(
    rabbit_transport: RabbitTransport, through_proxy: RabbitTransport, proxy: Proxy
) -> None:
    # Given three messages in hand when the connection is lost
    send(rabbit_transport, b"1", b"2", b"3")
    with closing(through_proxy.consumer(queue_of("ledger"), 10)) as consumer:
        before = receive(consumer, 3)
        proxy.cut()
        after = receive(consumer, 3)

        # When those of the old connection and one of the new are acknowledged
        consumer.acknowledge(before)
        consumer.acknowledge(after[:1])

    # Then the old tags, which count to three as well, have acknowledged nothing
    with closing(rabbit_transport.consumer(queue_of("ledger"), 10)) as consumer:
        assert [(d.body, d.redelivered) for d in receive(consumer, 2)] == [(b"2", True), (b"3", True)]


def test_heartbeats_go_on_while_a_handler_is_busy_and_a_publisher_idle(
    rabbit_transport: RabbitTransport, through_proxy: RabbitTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given heartbeats of two seconds, a message in hand and a publisher that has published
    send(rabbit_transport, b"1")
    connections: list[Connection] = []
    connect = RabbitTransport._connect
    monkeypatch.setattr(
        RabbitTransport, "_connect", lambda self: connections.append(made := connect(self)) or made
    )
    with (
        closing(through_proxy.consumer(queue_of("ledger"), 10)) as consumer,
        closing(through_proxy.publisher()) as publisher,
    ):
        deliveries = receive(consumer, 1)
        publisher.publish([Message(new_id(), "shop.sold", b"2")])

        # When the handler takes longer than the broker waits for heartbeats
        until = time.monotonic() + 7.0

        def long_done() -> bool:
            publisher.keep_alive()
            return time.monotonic() >= until

        eventually(long_done)
        consumer.acknowledge(deliveries)
        publisher.publish([Message(new_id(), "shop.sold", b"3")])

        # Then both connections are those of the beginning
        assert [delivery.body for delivery in receive(consumer, 2)] == [b"2", b"3"]
        assert len(connections) == 2


def _give_up(url: str, queue: str) -> None:
    """Have the broker dead-letter the oldest message of a queue."""
    with Connection(url) as connection:
        channel: Any = connection.channel()
        message = eventually(lambda: channel.basic_get(queue))
        channel.basic_reject(message.delivery_tag, requeue=False)
        channel.close()


def test_what_the_broker_gave_up_gets_its_attempts_from_us(
    rabbit_transport: RabbitTransport, books: Database, ledger: Ledger, stop: Stop
) -> None:
    # Given an innocent message from an archive that the broker delivered too often
    event = make_event("shop.sold", "till", {"amount": 7}, source="shop")
    send(rabbit_transport, encode(event, CATALOGUE), key="ledger", exchange=REPLAY)
    _give_up(rabbit_transport.url, queue_of("ledger"))

    # When
    with closing(rabbit_transport.consumer(dead_queue_of("ledger"), 10)) as consumer:
        worker = DeadQueueWorker(consumer, handling(books, {"shop.sold": ledger.on_sold}), stop)
        eventually(worker.step)

    # Then it has its effect, and is still known as replayed
    with books.read() as connection:
        assert list(connection.scalars(select(entries.c.amount))) == [7]
        assert connection.exec_driver_sql("SELECT replayed FROM inbox").scalars().all() == [True]
