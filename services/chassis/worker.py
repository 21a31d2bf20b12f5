"""Takes deliveries off a consumer, has them handled in batches and acknowledges them in order (DESIGN §2.6)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from services.chassis.envelope import BadMessage
from services.chassis.handling import DatabaseAbsent, Handling, Incoming
from services.chassis.loops import Loop, Stop
from services.chassis.transport import Consumer, Delivery

#: Seconds to wait for the first message of a batch; each turn shows that the loop is alive.
_WAIT = 0.5
#: Seconds between attempts to reach our own database.
_DATABASE_PAUSE = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Batch:
    """Consecutive fresh deliveries that are handled in one transaction."""

    deliveries: list[Delivery]
    messages: list[Incoming]


#: What is dealt with at once: a batch, one redelivered message, or one that cannot be read.
Work = Batch | Delivery | tuple[Delivery, BadMessage]


class Worker:
    """One consumer and what is done with its messages. `batch_size` bounds one transaction."""

    def __init__(self, consumer: Consumer, handling: Handling, stop: Stop, *, batch_size: int) -> None:
        self._consumer = consumer
        self._handling = handling
        self._stop = stop
        self._batch_size = batch_size
        self._pending: deque[Work] = deque()

    def loops(self) -> list[Loop]:
        """The consuming loop and the loop of the retry table."""
        service = self._handling.consumer
        return [
            Loop(f"{service}.consume", self.step, pause=0.0, close=self._consumer.close),
            Loop(f"{service}.retry", self._retry, pause=0.2),
        ]

    def step(self) -> bool:
        """Receive what is there, deal with it, acknowledge it; true when something was done.

        While our own database is away nothing more is received, and the same work is tried again at the next turn.
        """
        if not self._pending:
            self._pending.extend(self._split(self._consumer.receive(self._batch_size, _WAIT)))
        worked = False
        while self._pending and not self._stop.is_set():
            try:
                done = self._deal_with(self._pending[0])
            except DatabaseAbsent:
                _log.warning("database_absent", consumer=self._handling.consumer)
                self._stop.wait(_DATABASE_PAUSE)
                return False
            self._consumer.acknowledge(done)
            self._pending.popleft()
            worked = True
        return worked

    def _split(self, deliveries: Sequence[Delivery]) -> Iterator[Work]:
        """Runs of fresh, readable deliveries; a redelivered or unreadable one stands alone between them."""
        batch = Batch([], [])
        for delivery in deliveries:
            try:
                message = self._handling.read(delivery.body, delivery.replay)
            except BadMessage as error:
                alone: Work = (delivery, error)
            else:
                if not delivery.redelivered:
                    batch.deliveries.append(delivery)
                    batch.messages.append(message)
                    continue
                alone = delivery
            if batch.deliveries:
                yield batch
                batch = Batch([], [])
            yield alone
        if batch.deliveries:
            yield batch

    def _deal_with(self, work: Work) -> list[Delivery]:
        if isinstance(work, Batch):
            self._handling.batch(work.messages)
            return work.deliveries
        if isinstance(work, Delivery):
            self._handling.alone(self._handling.read(work.body, work.replay))
            return [work]
        delivery, error = work
        self._handling.bury(delivery.body, error)
        return [delivery]

    def _retry(self) -> bool:
        try:
            return self._handling.retry_due()
        except DatabaseAbsent:
            return False


class DeadQueueWorker:
    """Brings what the broker itself gave up into our table of dead letters (DESIGN §2.5)."""

    def __init__(self, consumer: Consumer, handling: Handling) -> None:
        self._consumer = consumer
        self._handling = handling

    def loop(self) -> Loop:
        """The loop that empties the broker's dead-letter queue."""
        return Loop(f"{self._handling.consumer}.dead", self.step, pause=0.0, close=self._consumer.close)

    def step(self) -> bool:
        """Keep each message that is there, then acknowledge it."""
        deliveries = self._consumer.receive(10, _WAIT)
        for delivery in deliveries:
            try:
                message = self._handling.read(delivery.body, delivery.replay)
                error = BadMessage(
                    "broker_limit", "delivered too often", event_id=message.event.id, name=message.event.name
                )
            except BadMessage as unreadable:
                error = unreadable
            try:
                self._handling.bury(delivery.body, error)
            except DatabaseAbsent:
                return False
            self._consumer.acknowledge([delivery])
        return bool(deliveries)
