"""F17: every message several times and in any order, then the whole day twice more: nothing new comes of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing

from services.chassis.database import Database
from services.chassis.envelope import encode
from services.chassis.loops import Stop
from services.chassis.testing import eventually
from services.chassis.testing.services import handling
from services.chassis.transport import Message, Transport, queue_of
from services.chassis.worker import Worker
from tests.faults.sizes import size
from tests.integration.chassis.conftest import CATALOGUE, Ledger
from tests.integration.chassis.consumer import amounts, letters, sold

_BATCH = 100
_PATIENCE = 600.0


def test_a_day_delivered_over_and_over_takes_effect_once(
    transport: Transport, books: Database, ledger: Ledger, stop: Stop
) -> None:
    # Given a day of events, each of them one to five times and all of them shuffled
    order = random.Random(1)
    day = [sold(amount) for amount in range(size(full=20_000, suite=200))]
    log = [Message(event.id, event.name, encode(event, CATALOGUE)) for event in day]
    shuffled = [message for message in log for _ in range(order.randint(1, 5))]
    order.shuffle(shuffled)
    path = handling(books, {"shop.sold": ledger.on_sold})

    def outcomes() -> float:
        counted = (
            path.metrics.registry.get_sample_value(
                "linli_events_handled_total", {"service": "ledger", "type": "shop.sold", "outcome": outcome}
            )
            for outcome in ("handled", "known")
        )
        return sum(count or 0.0 for count in counted)

    with closing(transport.consumer(queue_of("ledger"), _BATCH)) as consumer:
        worker = Worker(consumer, path, stop, batch_size=_BATCH)

        # When these are delivered, and then the whole log twice more
        _deliver(transport, worker, shuffled, lambda: outcomes() >= len(shuffled))
        _deliver(transport, worker, log * 2, lambda: outcomes() >= len(shuffled) + 2 * len(log))

    # Then
    assert amounts(books) == list(range(len(day)))
    assert letters(books) == []


def _deliver(transport: Transport, worker: Worker, messages: list[Message], done: Callable[[], bool]) -> None:
    with closing(transport.publisher()) as publisher:
        for piece in _pieces(messages, 500):
            assert all(publisher.publish(piece))

    def dealt_with() -> bool:
        worker.step()
        return done()

    eventually(dealt_with, _PATIENCE, interval=0.0)


def _pieces(messages: list[Message], length: int) -> Iterator[list[Message]]:
    for start in range(0, len(messages), length):
        yield messages[start : start + length]
