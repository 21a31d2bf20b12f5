"""Messages put into a transport and taken out of it."""

from __future__ import annotations

from contextlib import closing

from services.chassis.ids import new_id
from services.chassis.testing import eventually
from services.chassis.transport import Consumer, Delivery, Message, Transport


def sale(body: bytes, key: str = "shop.sold", **others: str) -> Message:
    """A message to the toy ledger."""
    return Message(new_id(), key, body, **others)


def send(transport: Transport, *messages: Message) -> list[bool]:
    """Publish with a publisher of its own; for each whether it is safe."""
    with closing(transport.publisher()) as publisher:
        return publisher.publish(messages)


def receive(consumer: Consumer, count: int) -> list[Delivery]:
    """Wait for exactly so many messages."""
    deliveries: list[Delivery] = []

    def enough() -> bool:
        deliveries.extend(consumer.receive(count - len(deliveries), 0.2))
        return len(deliveries) == count

    eventually(enough)
    return deliveries
