"""Takes deliveries off a consumer, has them handled in batches and acknowledges them in order (DESIGN §2.6)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import structlog

from services.chassis.effects import DatabaseAbsent, Incoming
from services.chassis.envelope import BadMessage
from services.chassis.handling import Handling, Unreadable
from services.chassis.loops import Loop, Stop
from services.chassis.transport import Consumer, Delivery

#: Seconds to wait for the first message of a batch; each turn shows that the loop is alive.
_WAIT = 0.5
#: Seconds between attempts to reach our own database.
_DATABASE_PAUSE = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Batch:
    """Consecutive deliveries: fresh messages that are handled in one transaction, and what cannot be read between them."""

    messages: list[Incoming]
    unreadable: list[Unreadable]

    def __len__(self) -> int:
        return len(self.messages) + len(self.unreadable)


@dataclass(frozen=True)
class Alone:
    """A message that was delivered before and not acknowledged."""

    message: Incoming


#: What is dealt with at once.
Work = Batch | Alone


class Worker:
    """One consumer and what is done with its messages. `batch_size` bounds one transaction, `gather` (seconds) the wait for it.

    A delivery is held until it is dealt with, then acknowledged with all before it. Whatever goes wrong between, it stays the
    first in line: were one put aside, the acknowledgement of a later one would take it along, unhandled (RELIABILITY rule 4).
    """

    def __init__(
        self, consumer: Consumer, handling: Handling, stop: Stop, *, batch_size: int, gather: float = 0.0
    ) -> None:
        self._consumer = consumer
        self._handling = handling
        self._stop = stop
        self._batch_size = batch_size
        self._gather = gather
        self._held: deque[Delivery] = deque()
        self._singly = 0

    def loops(self) -> list[Loop]:
        """The consuming loop and the loop of the retry table."""
        service = self._handling.consumer
        return [
            Loop(f"{service}.consume", self.step, pause=0.0, finish=self.finish, close=self._consumer.close),
            Loop(f"{service}.retry", self._handling.retry_due, pause=0.5),
        ]

    def step(self) -> bool:
        """Deal with the next of what was received and acknowledge it; true when something was done.

        While our own database is away nothing more is received, and the same work is tried again at the next turn.
        """
        if not self._held:
            self._held.extend(self._consumer.receive(self._batch_size, _WAIT, self._gather))
        if not self._held:
            return False
        try:
            done = self._deal_with(self._next())
        except DatabaseAbsent:
            _log.warning("database_absent", consumer=self._handling.consumer)
            self._stop.wait(_DATABASE_PAUSE)
            return False
        self._consumer.acknowledge([self._held.popleft() for _ in range(done)])
        return True

    def finish(self) -> bool:
        """Deal with the next of what had arrived before the end, and take no more; true when something was done."""
        self._consumer.cancel()
        return self.step()

    def _next(self) -> Work:
        """The longest run of deliveries that are fresh or cannot be read; one that came back stands alone."""
        batch = Batch([], [])
        for delivery in self._held:
            try:
                message = self._handling.read(delivery.body, delivery.replay)
            except BadMessage as error:
                batch.unreadable.append(Unreadable(delivery.body, error, delivery.replay))
                continue
            if delivery.redelivered:
                return batch if len(batch) else Alone(message)
            batch.messages.append(message)
            if self._singly:
                break
        return batch

    def _deal_with(self, work: Work) -> int:
        """Returns how many deliveries are done with."""
        match work:
            case Alone(message):
                self._handling.alone(message)
                done = 1
            case Batch(messages, unreadable):
                if len(messages) == 1:
                    self._handling.singly(messages[0])
                elif messages and not self._handling.together(messages):
                    # One at each turn, so that a slow lot does not look like a loop that is stuck.
                    self._singly = len(work)
                    return 0
                if unreadable:
                    self._handling.bury(unreadable)
                done = len(work)
        self._singly = max(0, self._singly - done)
        return done


class DeadQueueWorker:
    """Takes back what the broker itself gave up (DESIGN §2.5).

    A broker counts deliveries, not attempts: what can be read gets the attempts of any message that came back, the rest is a
    dead letter.
    """

    def __init__(self, consumer: Consumer, handling: Handling, stop: Stop) -> None:
        self._worker = Worker(consumer, handling, stop, batch_size=1)
        self._consumer = consumer
        self._handling = handling

    def loop(self) -> Loop:
        """The loop that empties the broker's dead-letter queue."""
        return Loop(
            f"{self._handling.consumer}.dead",
            self.step,
            pause=0.0,
            finish=self._worker.finish,
            close=self._consumer.close,
        )

    def step(self) -> bool:
        """Deal with one message that is there."""
        return self._worker.step()
