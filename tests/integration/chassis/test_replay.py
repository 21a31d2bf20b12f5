"""A projection is rebuilt while live traffic goes on, and ends the same (DESIGN §2.13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from services.chassis import dead_letter_decisions as decisions
from services.chassis import generations, inbox, replay
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.dead_letters import dead_letters
from services.chassis.envelope import encode
from services.chassis.errors import Invalid
from services.chassis.loops import Loops, Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.references import References
from services.chassis.relay import Relay
from services.chassis.sql import delete_some
from services.chassis.testing import eventually
from services.chassis.testing.services import deliver, handling, published
from services.chassis.transport import Message, Transport, queue_of
from services.chassis.worker import Worker
from tests.integration.chassis.conftest import CATALOGUE, Ledger, entries


def drop(connection: Connection, generation: int, limit: int) -> int:
    return delete_some(connection, entries, entries.c.generation == generation, limit)


@pytest.fixture
def installation(
    transport: Transport, shop: Database, books: Database, ledger: Ledger, metrics: PlatformMetrics
) -> Iterator[Callable[[], None]]:
    """A function that starts both services with everything they do in the background."""
    stop = Stop()
    shop_path = handling(shop, {replay.REQUESTED: replay.on_requested})
    books_path = handling(books, {"shop.sold": ledger.on_sold, replay.FINISHED: replay.on_finished})
    loops = Loops(
        [
            *Worker(transport.consumer(queue_of("shop"), 50), shop_path, stop, batch_size=50).loops(),
            *Worker(transport.consumer(queue_of("ledger"), 50), books_path, stop, batch_size=50).loops(),
            Relay(shop, transport.publisher(), metrics).loop(),
            Relay(books, transport.publisher(), metrics).loop(),
            replay.Archive(shop, transport.publisher(), References("shop", CATALOGUE)).loop(),
            replay.Rebuild(books, drop).loop(),
        ],
        stop,
        SystemClock(),
    )
    yield loops.start
    assert loops.stop(10) == []


def sell(shop: Database, first: int, count: int) -> None:
    for amount in range(first, first + count):
        with shop.begin() as work:
            work.record("shop.sold", f"till-{amount % 7}", {"amount": amount})


def read(books: Database) -> list[int]:
    with books.read() as connection:
        current = generations.current(connection, "ledger")
        return sorted(connection.scalars(select(entries.c.amount).where(entries.c.generation == current)))


def test_a_rebuild_under_traffic_ends_with_every_event_once(
    installation: Callable[[], None], shop: Database, books: Database
) -> None:
    # Given a projection that somebody has damaged
    installation()
    sell(shop, 0, 100)
    eventually(lambda: len(read(books)) == 100)
    with books.begin() as work:
        work.connection.execute(entries.delete().where(entries.c.amount < 50))

    # When it is rebuilt while sales go on
    with books.begin() as work:
        generation = replay.request(work, "ledger")
    sell(shop, 100, 100)

    # Then
    eventually(lambda: _current(books) == generation, timeout=20)
    eventually(lambda: read(books) == list(range(200)))
    eventually(lambda: _generations(books) == {generation})


@pytest.mark.parametrize("more", [0, 3])
def test_a_rebuild_ends_without_what_somebody_discarded_and_with_more_than_was_sent(
    shop: Database, books: Database, ledger: Ledger, more: int
) -> None:
    # Given a rebuild for which two events are sent, and others besides for another reason
    path = handling(books, {"shop.sold": ledger.on_sold, replay.FINISHED: replay.on_finished})
    sell(shop, 1, 2 + more)
    with books.begin() as work:
        generation = replay.request(work, "ledger")
        generations.expect(work.connection, generation, "shop", 2)
    first, *others = (encode(event, CATALOGUE) for event in published(shop))

    # When one cannot be handled and is discarded, and the rest arrives
    ledger.fail = lambda event: Invalid("never")
    path.batch([path.read(first, True)])
    ledger.fail = lambda event: None
    path.batch([path.read(body, True) for body in others])
    rebuild = replay.Rebuild(books, drop)
    if not more:
        assert rebuild.step() is False
        with books.begin() as work:
            [letter] = work.connection.scalars(select(dead_letters.c.id))
            decisions.discard(work, "ledger", letter, "staff-1", "of no use")

    # Then
    assert rebuild.step() is True
    assert _current(books) == generation


def test_the_old_generation_is_read_until_the_new_one_is_complete(
    shop: Database, books: Database, ledger: Ledger
) -> None:
    # Given one event in the old generation
    path = handling(books, {"shop.sold": ledger.on_sold, replay.FINISHED: replay.on_finished})
    sell(shop, 1, 1)
    message = encode(published(shop)[0], CATALOGUE)
    path.batch([path.read(message, False)])

    # When a rebuild has begun and nothing has arrived yet
    with books.begin() as work:
        generation = replay.request(work, "ledger")
    rebuild = replay.Rebuild(books, drop)

    # Then it is not swapped, not even when the publisher says that it has sent one
    assert rebuild.step() is False
    with books.begin() as work:
        generations.expect(work.connection, generation, "shop", 1)
    assert rebuild.step() is False
    assert read(books) == [1]

    # When the event arrives again
    path.batch([path.read(message, True)])

    # Then the new one is read, and the old one is cleared away
    assert rebuild.step() is True
    assert read(books) == [1]
    assert _current(books) == generation
    assert rebuild.step() is True
    assert rebuild.step() is False
    assert _generations(books) == {generation}


class BusyPost:
    """A publisher during whose every round something is sold."""

    def __init__(self, shop: Database) -> None:
        self._shop = shop

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """See `transport.Publisher`."""
        sell(self._shop, 1000, 1)
        return [True] * len(messages)

    def waiting(self, queue: str) -> int:
        """See `transport.Publisher`."""
        return 0

    def keep_alive(self) -> None:
        """See `transport.Publisher`."""

    def close(self) -> None:
        """See `transport.Publisher`."""


def test_an_archive_is_sent_to_its_end_however_fast_events_come(shop: Database, books: Database) -> None:
    # Given more than one piece
    sell(shop, 0, 3)
    with shop.begin() as work:
        for amount in range(3, 501):
            work.record("shop.sold", "till", {"amount": amount})
    with books.begin() as work:
        replay.request(work, "ledger")
    deliver(shop, {replay.REQUESTED: replay.on_requested}, *published(books, replay.REQUESTED))

    # When
    archive = replay.Archive(shop, BusyPost(shop), References("shop", CATALOGUE))
    for _ in range(2):
        assert archive.step() is True

    # Then
    assert archive.step() is False
    [told] = published(shop, replay.FINISHED)
    assert told.data["sent"] == 502


def test_a_new_request_replaces_one_that_is_half_done(shop: Database, books: Database) -> None:
    # Given
    with books.begin() as work:
        first = replay.request(work, "ledger")

    # When
    with books.begin() as work:
        second = replay.request(work, "ledger")

    # Then
    with books.begin() as work:
        assert generations.written(work.connection, "ledger") == [1, second]
    assert second > first


def _generations(books: Database) -> set[int]:
    with books.read() as connection:
        handled = connection.scalars(select(inbox.inbox.c.generation).distinct())
        return {*handled, *connection.scalars(select(entries.c.generation).distinct())}


def _current(books: Database) -> int:
    with books.read() as connection:
        return generations.current(connection, "ledger")


def test_a_batch_under_way_at_a_swap_leaves_nothing_behind(shop: Database, books: Database) -> None:
    # Given a transaction that has asked which generations it is to write
    with books.begin() as work:
        replay.request(work, "ledger")
    with books.begin() as slow:
        assert generations.written(slow.connection, "ledger") == [1, 2]

        # When another swaps meanwhile, it has to wait
        with books.begin() as swapping:
            swapping.connection.exec_driver_sql("SET LOCAL lock_timeout = 50")
            with pytest.raises(OperationalError, match="lock timeout"), swapping.connection.begin_nested():
                generations.swap(swapping.connection, "ledger")

    # Then it can once the batch is done
    with books.begin() as work:
        generations.swap(work.connection, "ledger")
    assert _current(books) == 2
