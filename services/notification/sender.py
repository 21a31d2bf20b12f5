"""Sends what handlers wrote: takes messages under a lease, calls the provider, marks what came of it (DESIGN §2.7).

No transaction is open while the provider is called. A crash between call and mark leaves the message to be called once more
when its lease is over, with the same key, by which the provider knows it (RELIABILITY F4).
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import Unavailable
from services.chassis.loops import Loop
from services.notification.domain.addresses import address_of
from services.notification.domain.deliveries import Failure, pause_after, provider_key
from services.notification.metrics import SenderMetrics
from services.notification.providers import Message, Provider, Receipt, Refused
from services.notification.storage import contacts, deliveries
from services.notification.storage.deliveries import Delivery
from services.notification.timed_calls import TimedCalls

#: Messages taken at once.
BATCH = 10
#: No message of a batch is begun later than this, so that a slow provider cannot hold the loop (DESIGN §3, liveness).
BEGIN_WITHIN = timedelta(seconds=5)
#: A batch is nobody else's for this long: `BEGIN_WITHIN`, one call of 20 s at most, and time to mark it.
LEASE = timedelta(seconds=60)
#: Pause when nothing is due, in seconds.
IDLE_PAUSE = 0.2

_log = structlog.get_logger(__name__)


class Sender:
    """One of any number of senders, each a loop of its own. `max_attempts` is how often a message is tried."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        calls: TimedCalls,
        metrics: SenderMetrics,
        clock: Clock,
        *,
        max_attempts: int,
    ) -> None:
        self._database = database
        self._provider = provider
        self._calls = calls
        self._metrics = metrics
        self._clock = clock
        self._max_attempts = max_attempts

    def loop(self, name: str) -> Loop:
        """The loop that sends."""
        return Loop(name, self.step, pause=IDLE_PAUSE)

    def step(self) -> bool:
        """Send what is due, a batch at most; true when there was something. Raises `Unavailable` while too many calls hang."""
        if not self._calls.free():
            raise Unavailable("provider_hangs")
        began = self._clock.monotonic()
        with self._database.begin() as work:
            batch = deliveries.take(work.run, work.now, LEASE, BATCH)
        if not batch:
            return False
        with self._database.read() as connection:
            people = contacts.of_parties(connection, [delivery.party for delivery in batch])
        for position, delivery in enumerate(batch):
            if self._clock.monotonic() - began > BEGIN_WITHIN.total_seconds():
                self._give_back(batch[position:])
                break
            contact = people.get(delivery.party)
            self._deliver(delivery, address_of(contact, delivery.channel) if contact else None)
        return True

    def _deliver(self, delivery: Delivery, address: str | None) -> None:
        if address is None or delivery.body is None:
            self._fail(delivery, Failure.NO_ADDRESS)
            return
        if delivery.attempts > self._max_attempts:
            # Its last attempt ended the process before it could be marked.
            self._fail(delivery, Failure.ATTEMPTS_USED)
            return
        key = provider_key(delivery.id)
        if self._calls.under_way(key):
            self._try_later(delivery)
            return
        message = Message(key, delivery.channel, address, delivery.body, delivery.title)
        try:
            receipt = self._calls.call(
                key, lambda: self._provider.send(message), lambda late: self._sent(delivery, late)
            )
        except Refused as refusal:
            _log.warning("message_refused", key=key, template=delivery.template, reason=refusal.reason)
            self._fail(delivery, Failure.REFUSED)
        except Unavailable as error:
            _log.info("message_postponed", key=key, attempts=delivery.attempts, cause=str(error))
            self._try_later(delivery)
        except Exception:
            _log.exception("provider_failed", key=key, attempts=delivery.attempts)
            self._try_later(delivery)
        else:
            self._sent(delivery, receipt)

    def _sent(self, delivery: Delivery, receipt: Receipt) -> None:
        with self._database.begin() as work:
            deliveries.mark_sent(work.run, delivery, receipt.reference, work.now)
            age = work.now - delivery.created_at
        self._count(delivery, "sent")
        self._metrics.delay.labels(delivery.channel.value).observe(max(0.0, age.total_seconds()))

    def _fail(self, delivery: Delivery, failure: Failure) -> None:
        with self._database.begin() as work:
            deliveries.mark_failed(work.connection, delivery, failure)
        self._count(delivery, failure.value)

    def _try_later(self, delivery: Delivery) -> None:
        if delivery.attempts >= self._max_attempts:
            self._fail(delivery, Failure.ATTEMPTS_USED)
            return
        with self._database.begin() as work:
            deliveries.put_back(work.connection, delivery, work.now + pause_after(delivery.attempts))
        self._count(delivery, "postponed")

    def _give_back(self, untried: list[Delivery]) -> None:
        with self._database.begin() as work:
            deliveries.give_back(work.connection, untried, work.now)

    def _count(self, delivery: Delivery, outcome: str) -> None:
        self._metrics.messages.labels(delivery.channel.value, delivery.template, outcome).inc()
