"""The toy publisher and consumer on one clock that the test moves, and what they say to each other, carried by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select

from services.chassis import archive, replay
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.effects import Handler
from services.chassis.envelope import decode
from services.chassis.events import Event
from services.chassis.handling import Handling
from services.chassis.metrics import PlatformMetrics
from services.chassis.outbox import outbox
from services.chassis.references import References
from services.chassis.seals import Seals
from services.chassis.seals.checking import Checking
from services.chassis.seals.resending import Resending
from services.chassis.seals.sealing import Sealing
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import handling
from services.chassis.transport import Message, Publisher
from tests.integration.chassis.conftest import CATALOGUE, Ledger, entries

SOLD = "shop.sold"
SPAN = timedelta(hours=1)
MARGIN = timedelta(minutes=1)


@dataclass
class Post:
    """A publisher that only notes what it is given, while it takes anything."""

    sent: list[Message] = field(default_factory=list)
    takes: bool = True

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """See `transport.Publisher`."""
        if self.takes:
            self.sent += messages
        return [self.takes] * len(messages)

    def keep_alive(self) -> None:
        """See `transport.Publisher`."""

    def close(self) -> None:
        """See `transport.Publisher`."""


@dataclass(frozen=True)
class Side:
    """One of the two services."""

    database: Database
    seals: Seals
    path: Handling
    metrics: PlatformMetrics
    post: Post

    def send(self, personal: Collection[str] = ()) -> list[bytes]:
        """What waits in the outbox, sent and archived; events named in `personal` by reference."""
        with self.database.begin() as work:
            rows = work.connection.execute(select(outbox.c.id, outbox.c.body).order_by(outbox.c.id)).all()
            archive.keep(work.connection, [row.id for row in rows], personal, work.now)
        return [row.body.encode() for row in rows]

    def receive(self, bodies: Sequence[bytes], *, replay: bool = False) -> None:
        """Handle these as the worker does."""
        self.path.batch([self.path.read(body, replay) for body in bodies])

    def recorded(self, name: str) -> list[Event]:
        """What waits in the outbox under this name."""
        with self.database.read() as connection:
            bodies = connection.scalars(
                select(outbox.c.body).where(outbox.c.name == name).order_by(outbox.c.id)
            )
            return [decode(body.encode(), CATALOGUE) for body in bodies]


def seals(database: Database, publisher: Publisher, metrics: PlatformMetrics) -> Seals:
    """What a service does so that no stream has a gap."""
    return Seals(
        Sealing(database, SPAN, MARGIN),
        Checking(database, metrics, MARGIN),
        Resending(database, publisher, References(database.service, CATALOGUE), metrics),
    )


def side(database: Database, handlers: dict[str, Handler]) -> Side:
    """A service that also handles the events about streams."""
    metrics, post = PlatformMetrics(CollectorRegistry()), Post()
    whole = seals(database, post, metrics)
    return Side(database, whole, handling(database, {**handlers, **whole.handlers()}), metrics, post)


@pytest.fixture
def clock() -> ManualClock:
    """Starts now, for the ids of events hold the time of the machine."""
    return ManualClock(SystemClock().now())


@pytest.fixture
def seller(shop: Database, clock: ManualClock) -> Side:
    """The publisher."""
    return side(replace(shop, clock=clock), {})


@pytest.fixture
def keeper(still: Database, ledger: Ledger) -> Side:
    """The consumer."""
    handlers = {SOLD: ledger.on_sold, "shop.closed": ledger.on_sold, replay.FINISHED: replay.on_finished}
    return side(still, handlers)


@pytest.fixture
def sell(seller: Side) -> Callable[..., list[bytes]]:
    """A function `(*amounts, name=SOLD)` that sells and sends; returns the messages, in order."""

    def sell(*amounts: int, name: str = SOLD) -> list[bytes]:
        with seller.database.begin() as work:
            for amount in amounts:
                work.record(name, f"till-{amount % 3}", {"amount": amount})
        return seller.send()

    return sell


@pytest.fixture
def seal(seller: Side, clock: ManualClock) -> Callable[[], list[bytes]]:
    """A function that seals what was sent and returns the seals as messages."""

    def seal() -> list[bytes]:
        clock.advance(hours=1, minutes=1)
        seller.seals.sealing.step()
        return seller.send()

    return seal


@pytest.fixture
def compare(keeper: Side, clock: ManualClock) -> Callable[[], list[bytes]]:
    """A function that lets the consumer compare what is due; returns what it asks for, as messages."""

    def compare() -> list[bytes]:
        clock.advance(minutes=1)
        while keeper.seals.checking.step():
            pass
        return keeper.send()

    return compare


@pytest.fixture
def answer(seller: Side, keeper: Side) -> Callable[[Sequence[bytes]], list[bytes]]:
    """A function that lets the publisher answer these questions; returns what it sent again."""

    def answer(questions: Sequence[bytes]) -> list[bytes]:
        seller.receive(questions)
        while seller.seals.resending.step():
            pass
        again = [message.body for message in seller.post.sent]
        seller.post.sent.clear()
        keeper.receive(again, replay=True)
        keeper.receive(seller.send())
        return again

    return answer


def amounts(books: Database) -> list[int]:
    """What the consumer has written, once for each effect."""
    with books.read() as connection:
        return sorted(connection.scalars(select(entries.c.amount)))


def rows(database: Database, table: Any) -> int:
    """How many rows there are."""
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def sample(metrics: PlatformMetrics, name: str, **labels: str) -> float | None:
    """The value of a metric."""
    return metrics.registry.get_sample_value(name, labels)
