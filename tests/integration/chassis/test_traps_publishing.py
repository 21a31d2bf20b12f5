"""What publishers were seen to do wrong, asked of ours (RELIABILITY M1, M3, M6, M7, M12; M2 is in `test_transport`)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest

from services.chassis.errors import Unavailable
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing import eventually
from services.chassis.transport import Publisher, queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.faults.proxy import Proxy, Side
from tests.faults.sizes import size
from tests.integration.chassis.messages import sale

#: RabbitMQ 3.10 loses a quorum queue when it is killed within seconds of its declaration.
SETTLED = 6.0
_BATCH = 10


class Stream:
    """Publishes numbered messages all the time, each batch until it is confirmed. `doubted` were sent more than once."""

    def __init__(self, publisher: Publisher) -> None:
        self.confirmed: list[bytes] = []
        self.doubted: set[bytes] = set()
        self._publisher = publisher
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        """Stop when the batch in hand is confirmed."""
        self._enough.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._enough.wait(0.01):
            bodies = [str(len(self.confirmed) + number).encode() for number in range(_BATCH)]
            while not self._published(bodies):
                self.doubted.update(bodies)
            self.confirmed += bodies

    def _published(self, bodies: list[bytes]) -> bool:
        try:
            return all(self._publisher.publish([sale(body) for body in bodies]))
        except Unavailable:
            return False


def drained(transport: RabbitTransport, least: int) -> Counter[bytes]:
    """Everything in the queue, once it is at least so many."""
    found: Counter[bytes] = Counter()
    with closing(transport.consumer(queue_of("ledger"), 500)) as consumer:

        def empty() -> bool:
            deliveries = consumer.receive(500, 0.5)
            found.update(delivery.body for delivery in deliveries)
            consumer.acknowledge(deliveries)
            return not deliveries and found.total() >= least

        eventually(empty, timeout=60)
    return found


def test_no_confirmed_message_is_lost_when_the_node_is_killed(
    rabbit_server: RabbitServer, rabbit_transport: RabbitTransport
) -> None:
    """M1, M12: without confirms 24 of 6,000 were lost at one kill; with them none in eight."""
    # Given
    settled_at = time.monotonic() + SETTLED
    back_after: list[float] = []
    with closing(rabbit_transport.publisher()) as publisher:
        stream = Stream(publisher)
        try:
            eventually(lambda: time.monotonic() >= settled_at)

            # When
            for _ in range(size(full=8, suite=1)):
                rabbit_server.kill()
                started, before = time.monotonic(), len(stream.confirmed)
                rabbit_server.start()
                eventually(lambda before=before: len(stream.confirmed) > before, timeout=15)
                back_after.append(round(time.monotonic() - started, 2))
        finally:
            rabbit_server.start()
            stream.end()

    # Then everything is there, and nothing twice but what had to be sent again
    found = drained(rabbit_transport, len(stream.confirmed))
    print(f"confirms back after {back_after} s, doubled {found.total() - len(found)}")
    assert set(found) >= set(stream.confirmed)
    assert {body for body, times in found.items() if times > 1} <= stream.doubted


def test_a_late_confirm_is_never_credited_to_the_next_message(
    rabbit_transport: RabbitTransport, through_proxy: RabbitTransport, proxy: Proxy
) -> None:
    """M3: the client called a message confirmed that never left the machine."""
    # Given a publisher that has waited for a confirm as long as it does
    impatient = replace(through_proxy, confirm_timeout=0.5)
    with closing(impatient.publisher()) as publisher:
        assert publisher.publish([sale(b"0")]) == [True]
        proxy.answers.hold()
        with pytest.raises(Unavailable):
            publisher.publish([sale(b"1")])

        # When the confirm comes after all, and nothing reaches the broker on this line any more
        proxy.deafen(Side.SERVER)
        proxy.answers.release()

        # Then the next message is confirmed, and it is there
        assert publisher.publish([sale(b"2")]) == [True]
    found = drained(rabbit_transport, 3)
    assert set(found) == {b"0", b"1", b"2"}


def test_a_confirm_that_never_comes_is_an_error_after_the_time_out(
    through_proxy: RabbitTransport, proxy: Proxy
) -> None:
    """M6: a client without such a time-out hung until the nodes came back."""
    # Given
    patient = replace(through_proxy, confirm_timeout=1.0)
    with closing(patient.publisher()) as publisher:
        assert publisher.publish([sale(b"0")]) == [True]

        # When the broker takes everything and answers nothing
        proxy.answers.lost.set()
        started = time.monotonic()
        with pytest.raises(Unavailable):
            publisher.publish([sale(b"1")])

        # Then
        assert 1.0 <= time.monotonic() - started < 2.0


def test_an_idle_publisher_whose_connection_was_ended_publishes_without_an_error(
    through_proxy: RabbitTransport, proxy: Proxy
) -> None:
    """M7: the first publish after a silence failed, and so did the one after it."""
    # Given
    with closing(through_proxy.publisher()) as publisher:
        publisher.publish([sale(b"0")])

        # When the broker ends the connection of one that has nothing to say
        proxy.cut()
        publisher.keep_alive()

        # Then
        assert publisher.publish([sale(b"1")]) == [True]
        assert proxy.accepted == 2
