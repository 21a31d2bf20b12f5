"""F11: connections that go on to exist and carry nothing. Both sides of ours notice, and open new ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from time import monotonic

import pytest

from services.chassis.errors import Unavailable
from services.chassis.testing import eventually
from services.chassis.transport import Delivery, queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.faults.proxy import Proxy, Side
from tests.faults.sizes import size
from tests.integration.chassis.messages import receive, sale

#: Seconds. The heartbeats and the time-out shipped are longer; the bounds grow with them.
_HEARTBEAT, _CONFIRM_TIMEOUT = 2, 1.0


def lose_everything(proxy: Proxy) -> None:
    """Drop what either side sends on the connections of now."""
    proxy.deafen(Side.CLIENT, Side.SERVER)


def end_for_the_broker_alone(proxy: Proxy) -> None:
    """Half-open: the broker has no connection any more, and we are not told."""
    proxy.strand(Side.CLIENT)


@pytest.mark.parametrize("fault", [lose_everything, end_for_the_broker_alone])
def test_a_black_hole_is_noticed_by_publisher_and_consumer(
    through_proxy: RabbitTransport, proxy: Proxy, fault: Callable[[Proxy], None]
) -> None:
    # Given
    transport = replace(through_proxy, heartbeat=_HEARTBEAT, confirm_timeout=_CONFIRM_TIMEOUT)
    with (
        closing(transport.publisher()) as publisher,
        closing(transport.consumer(queue_of("ledger"), 10)) as consumer,
    ):
        for times in range(size(full=20, suite=1)):
            publisher.publish([sale(b"before")])
            consumer.acknowledge(receive(consumer, 1))

            # When
            fault(proxy)
            began = monotonic()

            # Then the publisher says that it does not know, in time, and goes on
            with pytest.raises(Unavailable):
                publisher.publish([sale(b"doubtful")])
            assert monotonic() - began <= _CONFIRM_TIMEOUT + 1.0
            assert publisher.publish([sale(b"after")]) == [True]

            # Then the consumer is back, in time
            deliveries: list[Delivery] = []

            def back(deliveries: list[Delivery] = deliveries) -> bool:
                deliveries += consumer.receive(10, 0.2)
                return any(delivery.body == b"after" for delivery in deliveries)

            eventually(back, 2 * _HEARTBEAT + 5.0)
            consumer.acknowledge(deliveries)
            print(f"{fault.__name__} {times}: consumer back after {monotonic() - began:.2f} s")
