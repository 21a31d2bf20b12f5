"""What only a real broker shows: lost connections, and what it gives up (RELIABILITY rules 3–5; traps: `test_traps_*`)."""

from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from kombu import Connection
from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.envelope import encode
from services.chassis.errors import Unavailable
from services.chassis.loops import Stop
from services.chassis.testing import eventually
from services.chassis.testing.services import handling, make_event
from services.chassis.transport import REPLAY, dead_queue_of, queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from services.chassis.worker import DeadQueueWorker
from tests.faults.proxy import Proxy
from tests.integration.chassis.conftest import CATALOGUE, Ledger, entries
from tests.integration.chassis.messages import receive, sale, send


def test_a_delivery_from_before_a_lost_connection_is_not_acknowledged_on_the_next(
    rabbit_transport: RabbitTransport, through_proxy: RabbitTransport, proxy: Proxy
) -> None:
    # Given three messages in hand when the connection is lost
    send(rabbit_transport, sale(b"1"), sale(b"2"), sale(b"3"))
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


def test_a_broker_that_takes_connections_and_never_answers_is_passed_over(
    rabbit_transport: RabbitTransport,
) -> None:
    """A frozen node does so: the system takes connections for it (RELIABILITY F8)."""
    # Given
    with closing(socket.create_server(("127.0.0.1", 0))) as frozen:
        port = frozen.getsockname()[1]
        urls = [f"amqp://u:p@127.0.0.1:{port}/v", f"amqp://u:p@127.0.0.1:{port}/w", rabbit_transport.url]
        transport = replace(rabbit_transport, url=";".join(urls), connect_timeout=0.3)

        # When
        with closing(transport.publisher()) as publisher:
            safe = publisher.publish([sale(b"1")])

        # Then
        assert safe == [True]
        with closing(transport.consumer(queue_of("ledger"), 10)) as consumer:
            assert [delivery.body for delivery in receive(consumer, 1)] == [b"1"]


def test_after_a_doubt_another_broker_is_tried_first(
    rabbit_transport: RabbitTransport, through_proxy: RabbitTransport, proxy: Proxy
) -> None:
    """One that is cut off from the others takes connections, and confirms nothing (RELIABILITY F9)."""
    # Given
    urls = f"{through_proxy.url};{rabbit_transport.url}"
    transport = replace(rabbit_transport, url=urls, confirm_timeout=1.0)
    with closing(transport.publisher()) as publisher:
        assert publisher.publish([sale(b"1")]) == [True]
        accepted = proxy.accepted

        # When
        proxy.answers.hold()
        with pytest.raises(Unavailable):
            publisher.publish([sale(b"2")])

        # Then
        assert publisher.publish([sale(b"3")]) == [True]
        assert proxy.accepted == accepted


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
    send(rabbit_transport, sale(encode(event, CATALOGUE), key="ledger", exchange=REPLAY))
    _give_up(rabbit_transport.url, queue_of("ledger"))

    # When
    with closing(rabbit_transport.consumer(dead_queue_of("ledger"), 10)) as consumer:
        worker = DeadQueueWorker(consumer, handling(books, {"shop.sold": ledger.on_sold}), stop)
        eventually(worker.step)

    # Then it has its effect, and is still known as replayed
    with books.read() as connection:
        assert list(connection.scalars(select(entries.c.amount))) == [7]
        assert connection.exec_driver_sql("SELECT replayed FROM inbox").scalars().all() == [True]
