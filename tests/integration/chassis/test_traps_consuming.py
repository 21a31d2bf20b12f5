"""What consumers were seen to do wrong, asked of ours (RELIABILITY M5, M7, M8)."""

from __future__ import annotations

import pickle
import threading
from collections import Counter
from contextlib import closing

from kombu import Connection, Exchange, Producer
from sqlalchemy import select

from services.chassis import dead_letters
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.envelope import encode
from services.chassis.loops import Loops, Stop
from services.chassis.settings import CommonSettings
from services.chassis.testing import eventually
from services.chassis.testing.services import handling
from services.chassis.transport import EVENTS, dead_queue_of, queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from services.chassis.worker import Worker
from tests.faults.proxy import Proxy
from tests.faults.sizes import size
from tests.integration.chassis.conftest import CATALOGUE, Ledger
from tests.integration.chassis.consumer import amounts, sold
from tests.integration.chassis.messages import receive, sale, send

#: A handler that takes this long outlives the heartbeats of two seconds by far.
_LONG = 8.0


def test_messages_that_were_only_prefetched_survive_the_end_of_their_consumers(
    rabbit_transport: RabbitTransport, through_proxy: RabbitTransport, proxy: Proxy
) -> None:
    """M5: of 500 innocent messages 160 were given up by the broker after 40 crashes."""
    # Given a backlog, and as many messages prefetched as we ship
    send(rabbit_transport, *(sale(str(number).encode()) for number in range(500)))
    handled: Counter[bytes] = Counter()
    with closing(through_proxy.consumer(queue_of("ledger"), CommonSettings.prefetch)) as consumer:
        # When the connection ends each time after the first message
        for times in range(1, size(full=40, suite=25) + 1):
            first = receive(consumer, 1)
            consumer.acknowledge(first)
            handled.update(delivery.body for delivery in first)
            proxy.reset()
            eventually(lambda times=times: proxy.accepted > times)

        # Then
        def complete() -> bool:
            deliveries = consumer.receive(500, 0.2)
            consumer.acknowledge(deliveries)
            handled.update(delivery.body for delivery in deliveries)
            return len(handled) == 500

        eventually(complete, timeout=20)
    with closing(rabbit_transport.consumer(dead_queue_of("ledger"), 10)) as given_up:
        assert given_up.receive(10, 0.5) == []


def test_a_handler_slower_than_the_heartbeats_handles_its_message_once(
    through_proxy: RabbitTransport, proxy: Proxy, books: Database, ledger: Ledger, stop: Stop
) -> None:
    """M7: a message was handled five times in 40 s and never acknowledged. The publisher is idle as long."""
    # Given heartbeats of two seconds, and a handler of eight
    begun, nothing = threading.Event(), threading.Event()

    def take_long(_event: object) -> None:
        begun.set()
        nothing.wait(_LONG)

    ledger.fail = take_long
    worker = Worker(
        through_proxy.consumer(queue_of("ledger"), 10),
        handling(books, {"shop.sold": ledger.on_sold}),
        stop,
        batch_size=10,
    )
    loops = Loops(worker.loops(), stop, SystemClock())
    with closing(through_proxy.publisher()) as publisher:
        assert publisher.publish([sale(encode(sold(1), CATALOGUE))]) == [True]
        loops.start()
        assert begun.wait(10)

        # When
        def handled() -> bool:
            publisher.keep_alive()
            return bool(amounts(books))

        eventually(handled, timeout=_LONG + 5, interval=0.2)
        ledger.fail = lambda event: None
        assert publisher.publish([sale(encode(sold(2), CATALOGUE))]) == [True]
        eventually(lambda: amounts(books) == [1, 2])

    # Then
    assert loops.stop(10) == []
    assert ledger.calls == [1, 1]
    assert proxy.accepted == 2
    with closing(through_proxy.consumer(queue_of("ledger"), 10)) as consumer:
        assert consumer.receive(10, 0.5) == []


def test_what_cannot_be_decoded_is_kept_with_its_bytes(
    rabbit_transport: RabbitTransport, books: Database, ledger: Ledger, stop: Stop
) -> None:
    """M8: the client acknowledged broken JSON and a pickle away, and no handler and no queue ever saw them."""
    # Given what a foreign publisher may send
    bad = {b'{"broken": ': "application/json", pickle.dumps({"a": 1}): "application/x-python-serialize"}
    with Connection(rabbit_transport.url) as connection:
        producer = Producer(connection, Exchange(EVENTS, no_declare=True), auto_declare=False)
        for body, content_type in bad.items():
            producer.publish(body, "shop.sold", content_type=content_type, content_encoding="utf-8")
    send(rabbit_transport, sale(encode(sold(1), CATALOGUE)))

    # When
    with closing(rabbit_transport.consumer(queue_of("ledger"), 10)) as consumer:
        path = handling(books, {"shop.sold": ledger.on_sold})
        worker = Worker(consumer, path, stop, batch_size=10)
        eventually(lambda: worker.step() and amounts(books))

    # Then
    with books.read() as connection:
        assert set(connection.scalars(select(dead_letters.dead_letters.c.body))) == set(bad)
    with closing(rabbit_transport.consumer(queue_of("ledger"), 10)) as consumer:
        assert consumer.receive(10, 0.5) == []
