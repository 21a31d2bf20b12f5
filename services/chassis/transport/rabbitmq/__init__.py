"""RabbitMQ through kombu: confirmed publishing in batches, and consuming with a thread of its own for the broker.

The rules and the measured traps behind this folder are in RELIABILITY: a channel is never used again after a doubt (M3), the
thread that talks to the broker never runs handlers (M7), nothing is declared here (rule 10), and no body is touched before
somebody has kept it (M8).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from kombu import Connection

from services.chassis.transport import Consumer, Publisher
from services.chassis.transport.rabbitmq.connection import CONNECT_TIMEOUT, connect
from services.chassis.transport.rabbitmq.consumer import RabbitConsumer
from services.chassis.transport.rabbitmq.publisher import RabbitPublisher

#: Seconds between heartbeats; a handler may take 10 s, and it does not run on the thread that answers them.
HEARTBEAT = 20
#: Seconds to wait for all confirms of one batch (RELIABILITY P2).
CONFIRM_TIMEOUT = 5.0


@dataclass(frozen=True)
class RabbitTransport:
    """A broker at `url`: one AMQP URL or several joined by `;`, tried in turn."""

    url: str
    confirm_timeout: float = CONFIRM_TIMEOUT
    heartbeat: int = HEARTBEAT
    connect_timeout: float = CONNECT_TIMEOUT

    @property
    def dead_queues(self) -> bool:
        """See `transport.Transport`."""
        return True

    def publisher(self) -> Publisher:
        """A publisher for one thread; connects at the first message."""
        return RabbitPublisher(self._in_turn(), self.confirm_timeout)

    def consumer(self, queue: str, prefetch: int) -> Consumer:
        """A consumer of `queue`; connects at the first `receive` and again whenever the broker comes back."""
        return RabbitConsumer(self._in_turn(), queue, prefetch)

    def _in_turn(self) -> Callable[[], Connection]:
        """Connects, each time to another broker first: one that takes connections may be cut off from the others (F9)."""
        brokers = deque(self.url.split(";"))

        def connect_next() -> Connection:
            try:
                return connect(";".join(brokers), self.heartbeat, self.connect_timeout)
            finally:
                brokers.rotate(-1)

        return connect_next
