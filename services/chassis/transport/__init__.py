"""The port to whatever carries messages between services.

Two implementations obey the same tests: `rabbitmq` (kombu) and `postgres` (a queue table, for the embedded shape).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

#: Exchange of live events; the routing key is the event's name.
EVENTS = "linli.events"
#: Exchange of archived events that are sent again to one service; the routing key is the service's name.
REPLAY = "linli.replay"


def queue_of(service: str) -> str:
    """The queue from which a service takes its events."""
    return f"linli.{service}"


def dead_queue_of(service: str) -> str:
    """Where the broker itself puts what it gives up for this service (DESIGN §2.5)."""
    return f"linli.{service}.dead"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send: its exchange, routing key, and the bytes of its envelope."""

    id: str
    routing_key: str
    body: bytes
    exchange: str = EVENTS


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message received. `redelivered` means that it was delivered before and not acknowledged.

    `replay` is whether it came through `linli.replay`. `receipt` is what the consumer needs to acknowledge it.
    """

    body: bytes
    redelivered: bool
    replay: bool
    receipt: Any


class Publisher(Protocol):
    """Sends messages. Belongs to one thread."""

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """Send all, wait for all; for each whether it is safe in at least one queue.

        False means that nothing takes it (no queue is bound), or that the broker refused it: send it again later. Raises
        `Unavailable` when the outcome of any of them is in doubt: the connection is thrown away, and all of them must be sent
        again (RELIABILITY rule 2).
        """
        ...

    def waiting(self, queue: str) -> int:
        """About how many messages of `queue` nobody has taken yet. Raises `Unavailable`."""
        ...

    def keep_alive(self) -> None:
        """To be called every few seconds while there is nothing to send. Never raises."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Consumer(Protocol):
    """Receives the messages of one queue. `receive` and `acknowledge` belong to one thread."""

    def receive(self, limit: int, wait: float, gather: float = 0.0) -> list[Delivery]:
        """Up to `limit` messages in the order of their arrival; waits up to `wait` seconds for the first.

        Once it is there, up to `gather` seconds are given to those close behind it.
        Answers an empty list while the broker is away: reconnecting goes on behind it.
        """
        ...

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """These are done. They must be the oldest unacknowledged ones, without a gap (DESIGN §2.6).

        Never raises: what cannot be acknowledged any more is delivered again.
        """
        ...

    def cancel(self) -> None:
        """Take no more from the queue. What has arrived is still handed out by `receive`, and can be acknowledged."""
        ...

    def starved(self) -> bool:
        """Whether it is connected and yet gets nothing although messages wait for it. Any thread may ask."""
        ...

    def consumers(self) -> int | None:
        """How many consume this queue, as the broker last told; None while it is away. Any thread may ask."""
        ...

    def close(self) -> None:
        """Stop receiving; what was not acknowledged is delivered again to somebody."""
        ...


class Transport(Protocol):
    """Makes publishers and consumers; opens nothing by itself.

    `dead_queues` is whether it gives up messages on its own account, into `dead_queue_of(service)`.
    """

    @property
    def dead_queues(self) -> bool:
        """Whether there are dead-letter queues to be emptied."""
        ...

    def publisher(self) -> Publisher:
        """A publisher for one thread."""
        ...

    def consumer(self, queue: str, prefetch: int) -> Consumer:
        """A consumer of `queue` that holds up to `prefetch` unacknowledged messages."""
        ...
