"""While bindings are put in order, an event goes to all of its consumers or to none (RELIABILITY F13)."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace

from kombu import Connection

from services.chassis.errors import Unavailable
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing import eventually
from services.chassis.topology import ROUTES, Management, topology_of
from services.chassis.transport import EVENTS, Message, Publisher, queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from services.contracts.catalogue import Catalogue
from services.contracts.table import EventType
from tests.integration.chassis.conftest import Sold
from tests.integration.chassis.messages import sale

CONSUMERS = ("ledger", "stock", "taxes", "till")
TOPOLOGY = topology_of(
    Catalogue((EventType("shop.sold", Sold, ("shop",), CONSUMERS, of_estate=False),), ("shop", *CONSUMERS))
)
UNBOUND = replace(TOPOLOGY, queues=tuple(replace(queue, bindings=()) for queue in TOPOLOGY.queues))


def publish_all_the_time(publisher: Publisher, enough: threading.Event, taken: list[bytes]) -> None:
    """Each message until it is confirmed; `taken` are those."""
    while not enough.is_set():
        message: Message = sale(str(len(taken)).encode())
        try:
            if publisher.publish([message]) == [True]:
                taken.append(message.body)
        except Unavailable:
            continue


def test_what_is_confirmed_while_bindings_come_back_is_in_every_queue(
    rabbit_server: RabbitServer, vhost: str, management: Management
) -> None:
    # Given
    management.apply(TOPOLOGY, vhost, {})
    transport = RabbitTransport(rabbit_server.amqp_url(vhost))
    enough, taken = threading.Event(), list[bytes]()
    with closing(transport.publisher()) as publisher, Connection(transport.url) as connection:
        publishing = threading.Thread(target=publish_all_the_time, args=(publisher, enough, taken))
        publishing.start()

        # When where events go is lost in one way or another, and put back
        for _ in range(3):
            for exchange in (EVENTS, ROUTES):
                connection.channel().exchange_delete(exchange)
                management.apply(TOPOLOGY, vhost, {})
            management.apply(UNBOUND, vhost, {})
            management.apply(TOPOLOGY, vhost, {})
        enough.set()
        publishing.join()

    # Then
    for consumer in CONSUMERS:
        assert found(transport, queue_of(consumer), len(taken)) == set(taken), consumer


def found(transport: RabbitTransport, queue: str, count: int) -> set[bytes]:
    """What is in a queue, once it is so much or no more comes."""
    bodies: set[bytes] = set()
    with closing(transport.consumer(queue, 1000)) as consumer:

        def complete() -> bool:
            deliveries = consumer.receive(1000, 2.0)
            consumer.acknowledge(deliveries)
            bodies.update(delivery.body for delivery in deliveries)
            return not deliveries or len(bodies) == count

        eventually(complete, 30)
    return bodies
