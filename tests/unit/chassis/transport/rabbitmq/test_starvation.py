"""A consumer is starved when it could get messages and gets none, and never because the broker is away (RELIABILITY P6)."""

from __future__ import annotations

import pytest

from services.chassis.transport.rabbitmq.starvation import STARVED_AFTER, Starvation

LATER = STARVED_AFTER + 1


@pytest.fixture
def hungry() -> Starvation:
    """Connected and turning; at 0 s messages were ready and there was room for them."""
    starvation = Starvation()
    starvation.looked(0.0, ready=3, room=True)
    starvation.turned(LATER)
    return starvation


def test_messages_that_stay_ready_with_room_for_them_starve_it(hungry: Starvation) -> None:
    hungry.looked(LATER, ready=1, room=True)

    assert not hungry.starved(STARVED_AFTER)
    assert hungry.starved(LATER)


def test_one_message_received_in_between_is_enough(hungry: Starvation) -> None:
    hungry.received()
    hungry.looked(LATER, ready=3, room=True)

    assert not hungry.starved(LATER)


@pytest.mark.parametrize(("ready", "room"), [(0, True), (3, False)])
def test_without_messages_or_room_for_them_it_is_not_hungry(
    hungry: Starvation, ready: int, room: bool
) -> None:
    hungry.looked(STARVED_AFTER, ready=ready, room=room)

    assert not hungry.starved(LATER)


def test_a_connected_thread_that_does_not_turn_is_starved() -> None:
    starvation = Starvation()
    starvation.turned(0.0)

    assert not starvation.starved(STARVED_AFTER)
    assert starvation.starved(LATER)


def test_it_is_never_starved_while_the_broker_is_away(hungry: Starvation) -> None:
    hungry.disconnected()

    assert not hungry.starved(10 * LATER)
