"""What a consumer sees of its queue on a real broker, with the rights it has at run time (RELIABILITY P6, rule 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from kombu import Connection
from sqlalchemy import make_url

from services.chassis.testing import eventually
from services.chassis.topology import Management, topology_of
from services.chassis.transport import queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from services.chassis.transport.rabbitmq.connection import connect
from services.chassis.transport.rabbitmq.consumer import RabbitConsumer
from tests.integration.chassis.conftest import CATALOGUE
from tests.integration.chassis.messages import receive, sale, send

QUEUE = queue_of("ledger")
#: Seconds, instead of the 30 that are shipped; looks at the queue are 5 s apart.
STARVED_AFTER = 2.0


@pytest.fixture
def own_url(rabbit_transport: RabbitTransport, vhost: str, management: Management) -> str:
    """The virtual host as the ledger's own user reaches it, who may configure nothing."""
    management.apply(topology_of(CATALOGUE), vhost, {"linli-shop": "shop", "linli-ledger": "ledger"})
    url = make_url(rabbit_transport.url).set(username="linli-ledger", password="ledger")
    return url.render_as_string(hide_password=False)


@pytest.fixture
def connections() -> list[Connection]:
    """Those the consumer has opened, in their order."""
    return []


@pytest.fixture
def consumer(own_url: str, connections: list[Connection]) -> Iterator[RabbitConsumer]:
    def opened() -> Connection:
        connections.append(connect(own_url, 20, 5.0))
        return connections[-1]

    with closing(RabbitConsumer(opened, QUEUE, 2, STARVED_AFTER)) as made:
        yield made


def asking(consumer: RabbitConsumer) -> Callable[[], bool]:
    """Whether it is starved, after another attempt to receive."""
    return lambda: not consumer.receive(1, 0.05) and consumer.starved()


def test_it_tells_how_many_consume_its_queue(consumer: RabbitConsumer, own_url: str) -> None:
    consumer.receive(1, 0.1)

    eventually(lambda: consumer.consumers() == 1)
    with closing(RabbitTransport(own_url).consumer(QUEUE, 1)) as second:
        second.receive(1, 0.1)
        eventually(lambda: consumer.consumers() == 2, timeout=15)


def test_a_consumer_that_the_broker_forgot_is_starved(
    consumer: RabbitConsumer, connections: list[Connection], rabbit_transport: RabbitTransport
) -> None:
    # Given one that is connected and not known to the broker any more, whatever the reason
    send(rabbit_transport, sale(b"1"))
    consumer.acknowledge(receive(consumer, 1))
    [channel] = [each for number, each in connections[0].connection.channels.items() if number]
    channel.basic_cancel("linli", nowait=True)

    # When
    send(rabbit_transport, sale(b"2"))

    # Then
    eventually(asking(consumer), timeout=20)
    assert consumer.consumers() == 0


def test_a_consumer_that_has_all_it_may_hold_is_not_starved(
    consumer: RabbitConsumer, rabbit_transport: RabbitTransport
) -> None:
    # Given two in hand, which is all it may hold, and some that wait
    send(rabbit_transport, *(sale(body) for body in (b"1", b"2", b"3", b"4")))
    held = receive(consumer, 2)

    # When it looks at the queue, once when another has come and once when that has gone
    with closing(rabbit_transport.consumer(QUEUE, 1)) as other:
        receive(other, 1)
        eventually(lambda: consumer.consumers() == 2, timeout=15)
    eventually(lambda: consumer.consumers() == 1, timeout=15)

    # Then
    assert not consumer.starved()
    consumer.acknowledge(held)
    assert {delivery.body for delivery in receive(consumer, 2)} == {b"3", b"4"}
