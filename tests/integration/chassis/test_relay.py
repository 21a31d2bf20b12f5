"""What the relay sends, marks and leaves for later (RELIABILITY rule 2, P17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from services.chassis import outbox
from services.chassis.database import Database
from services.chassis.errors import Unavailable
from services.chassis.metrics import PlatformMetrics
from services.chassis.relay import Relay
from services.chassis.testing.clock import ManualClock
from services.chassis.transport import Message


@dataclass
class RecordedPublisher:
    """Notes how many messages each call has. While `away` nothing is certain; it refuses subjects' ids in `refused`."""

    away: bool = False
    refused: set[str] = field(default_factory=set)
    sizes: list[int] = field(default_factory=list)
    idle: int = 0

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        self.sizes.append(len(messages))
        if self.away:
            raise Unavailable("broker_unavailable")
        return [message.id not in self.refused for message in messages]

    def keep_alive(self) -> None:
        self.idle += 1

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def still(shop: Database, clock: ManualClock) -> Database:
    return replace(shop, clock=clock)


def sell(shop: Database, count: int) -> list[str]:
    with shop.begin() as work:
        return [work.record("shop.sold", f"till-{n}", {"amount": n}) for n in range(count)]


def unsent(shop: Database) -> int:
    with shop.read() as connection:
        return outbox.pending(connection)[0]


def test_after_a_doubt_one_row_goes_first(still: Database, metrics: PlatformMetrics) -> None:
    # Given a broker that does not answer
    publisher = RecordedPublisher(away=True)
    relay = Relay(still, publisher, metrics)
    sell(still, 10)

    # When
    for _ in range(3):
        with pytest.raises(Unavailable):
            relay.step()

    # Then no row is marked, and each further try may double one message at most
    assert unsent(still) == 10
    assert publisher.sizes == [10, 1, 1]

    # When it is back
    publisher.away = False
    while relay.step():
        pass

    # Then
    assert publisher.sizes == [10, 1, 1, 1, 9]
    assert unsent(still) == 0
    assert publisher.idle == 1


def test_what_is_refused_waits_and_keeps_nothing_back(
    still: Database, metrics: PlatformMetrics, clock: ManualClock
) -> None:
    # Given
    ids = sell(still, 5)
    publisher = RecordedPublisher(refused={ids[0], ids[3]})
    relay = Relay(still, publisher, metrics)

    # When
    assert relay.step() is True
    assert relay.step() is False

    # Then
    assert publisher.sizes == [5]
    assert unsent(still) == 2

    # When it is taken a second later
    publisher.refused.clear()
    clock.advance(seconds=1)
    relay.step()

    # Then
    assert unsent(still) == 0
