"""The port to whatever carries messages: both implementations under the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from services.chassis.transport import REPLAY, Consumer, Transport, queue_of
from tests.integration.chassis.messages import receive, sale, send


@contextmanager
def consuming(transport: Transport, prefetch: int = 10) -> Iterator[Consumer]:
    with closing(transport.consumer(queue_of("ledger"), prefetch)) as consumer:
        yield consumer


def test_what_was_published_is_delivered_in_order_with_its_bytes(transport: Transport) -> None:
    # Given
    bodies = ["漏水".encode(), b"\x00\xff not text", b""]

    # When
    safe = send(transport, *(sale(body) for body in bodies))

    # Then
    assert safe == [True, True, True]
    with consuming(transport) as consumer:
        deliveries = receive(consumer, 3)
        assert [delivery.body for delivery in deliveries] == bodies
        assert not any(delivery.redelivered or delivery.replay for delivery in deliveries)


def test_what_was_not_acknowledged_comes_back_marked(transport: Transport) -> None:
    # Given three messages of which one was acknowledged before the consumer went away
    send(transport, sale(b"1"), sale(b"2"), sale(b"3"))
    with consuming(transport) as consumer:
        first, *_ = receive(consumer, 3)
        consumer.acknowledge([first])

    # When another comes
    with consuming(transport) as consumer:
        deliveries = receive(consumer, 2)

        # Then
        assert [(d.body, d.redelivered) for d in deliveries] == [(b"2", True), (b"3", True)]


def test_what_was_acknowledged_never_comes_back(transport: Transport) -> None:
    # Given
    send(transport, sale(b"1"), sale(b"2"))
    with consuming(transport) as consumer:
        consumer.acknowledge(receive(consumer, 2))

    # When
    send(transport, sale(b"3"))

    # Then
    with consuming(transport) as consumer:
        assert [delivery.body for delivery in receive(consumer, 1)] == [b"3"]


def test_a_consumer_holds_no_more_than_its_prefetch(transport: Transport) -> None:
    # Given
    send(transport, *(sale(str(n).encode()) for n in range(20)))

    # When
    with consuming(transport, prefetch=5) as greedy, consuming(transport, prefetch=20) as other:
        held = receive(greedy, 5)

        # Then the other gets the rest
        assert len(held) + len(receive(other, 15)) == 20


def test_two_consumers_never_hold_the_same_message(transport: Transport) -> None:
    # Given
    send(transport, *(sale(str(n).encode()) for n in range(10)))

    # When
    with consuming(transport, prefetch=5) as one, consuming(transport, prefetch=5) as two:
        bodies = [delivery.body for delivery in receive(one, 5) + receive(two, 5)]

        # Then
        assert len(set(bodies)) == 10


def test_a_message_nobody_takes_is_reported_and_the_others_are_safe(transport: Transport) -> None:
    """RELIABILITY M2: with a handler of returns the client itself calls such a publish a success."""
    # When
    safe = send(transport, sale(b"1"), sale(b"?", key="shop.unheard_of"), sale(b"2"))

    # Then
    assert safe == [True, False, True]
    with consuming(transport) as consumer:
        assert [delivery.body for delivery in receive(consumer, 2)] == [b"1", b"2"]


def test_what_is_sent_again_reaches_the_named_service_alone_and_is_marked(transport: Transport) -> None:
    # When
    send(transport, sale(b"again", key="ledger", exchange=REPLAY))

    # Then
    with consuming(transport) as consumer:
        assert [(d.body, d.replay) for d in receive(consumer, 1)] == [(b"again", True)]


def test_an_empty_queue_answers_after_the_wait(transport: Transport) -> None:
    with consuming(transport) as consumer:
        assert consumer.receive(10, 0.05) == []


@pytest.mark.parametrize("count", [1, 250])
def test_a_batch_of_any_size_is_confirmed_at_once(transport: Transport, count: int) -> None:
    assert send(transport, *(sale(b"x") for _ in range(count))) == [True] * count
