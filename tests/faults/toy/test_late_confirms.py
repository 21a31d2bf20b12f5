"""F12: confirms come later than anybody waits for them. No event counts as sent that is not in the queue (M3)."""

from __future__ import annotations

import random
import threading
from contextlib import closing, suppress
from dataclasses import replace

from sqlalchemy import select

from services.chassis.archive import archive
from services.chassis.database import Database
from services.chassis.envelope import decode
from services.chassis.errors import Unavailable
from services.chassis.metrics import PlatformMetrics
from services.chassis.relay import Relay
from services.chassis.testing import eventually
from services.chassis.transport import queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.faults.proxy import Proxy, Side
from tests.faults.sizes import size
from tests.faults.toy.trade import sell, unsent
from tests.integration.chassis.conftest import CATALOGUE

#: Seconds. Confirms are held for up to twice as long.
_CONFIRM_TIMEOUT = 0.2
_EVENTS = 4


def test_an_event_counts_as_sent_only_when_the_queue_holds_it(
    through_proxy: RabbitTransport,
    rabbit_transport: RabbitTransport,
    proxy: Proxy,
    shop: Database,
    metrics: PlatformMetrics,
) -> None:
    # Given
    rounds, held, doubtful = size(full=1_000, suite=10), random.Random(1), 0
    transport = replace(through_proxy, confirm_timeout=_CONFIRM_TIMEOUT)
    with closing(transport.publisher()) as publisher:
        relay = Relay(shop, publisher, metrics)
        for _ in range(rounds):
            # When, on a line that works, the answers to some events are held, for less or more than the time-out
            sell(shop, 0)
            eventually(lambda: not quietly(relay) and not unsent(shop))
            sell(shop, *range(1, _EVENTS))
            proxy.answers.hold()
            release = threading.Timer(held.uniform(0, 2 * _CONFIRM_TIMEOUT), proxy.answers.release)
            release.start()
            if not quietly(relay):
                # And when they come at last, on a line on which nothing can be sent any more
                doubtful += 1
                proxy.deafen(Side.SERVER)
            release.join()
            quietly(relay)
            proxy.cut()
        eventually(lambda: not quietly(relay) and not unsent(shop))

    # Then
    assert 0 < doubtful < rounds
    with shop.read() as connection:
        sent = set(connection.scalars(select(archive.c.id)))
    assert len(sent) == rounds * _EVENTS
    there: list[str] = []
    with closing(rabbit_transport.consumer(queue_of("ledger"), 500)) as consumer:

        def all_there() -> bool:
            deliveries = consumer.receive(500, 0.2)
            there.extend(decode(delivery.body, CATALOGUE).id for delivery in deliveries)
            consumer.acknowledge(deliveries)
            return not deliveries and set(there) == sent

        eventually(all_there, 60)
    print(f"{doubtful} of {rounds} rounds in doubt, {len(there) - len(sent)} events doubled in the queue")


def quietly(relay: Relay) -> bool:
    """Whether the relay sent something and knows it."""
    with suppress(Unavailable):
        return relay.step()
    return False
