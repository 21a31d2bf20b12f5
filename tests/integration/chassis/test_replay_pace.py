"""An archive that is sent again keeps no live event waiting, and tells what it no longer holds (DESIGN §2.13)."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

from services.chassis import archive_months, generations, replay
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.references import References
from services.chassis.testing.services import make_event, published
from services.chassis.transport import Transport, queue_of
from tests.integration.chassis.conftest import CATALOGUE
from tests.integration.chassis.messages import receive, sale, send

FEW = 20


def asked(shop: Database) -> None:
    """Somebody has asked for the archive of the shop, which holds one event."""
    with shop.begin() as work:
        work.record("shop.sold", "till", {"amount": 1})
        replay.on_requested([_request()], work)


def _request() -> Event:
    return make_event("replay.requested", "ledger", {"consumer": "ledger", "generation": 2}, source="ledger")


def test_a_consumer_that_is_behind_is_sent_no_more(transport: Transport, shop: Database) -> None:
    # Given more live events than the consumer has taken yet
    asked(shop)
    send(transport, *(sale(b"live") for _ in range(FEW + 1)))
    publisher = transport.publisher()
    sender = replay.Archive(shop, publisher, References("shop", CATALOGUE), backlog=FEW)

    with closing(publisher):
        # When
        assert sender.step() is False

        # Then nothing was added
        assert publisher.waiting(queue_of("ledger")) == FEW + 1

        # When they were taken
        with closing(transport.consumer(queue_of("ledger"), 100)) as consumer:
            consumer.acknowledge(receive(consumer, FEW + 1))
            assert sender.step() is True

            # Then the archive goes on
            assert [delivery.replay for delivery in receive(consumer, 1)] == [True]


def test_a_rebuild_says_from_when_on_it_had_everything(
    transport: Transport, shop: Database, books: Database
) -> None:
    # Given a publisher that has dropped what was older than November
    november = datetime(2026, 11, 1, tzinfo=UTC)
    with shop.begin() as work:
        archive_months.provide(work.connection, datetime(2026, 10, 1, tzinfo=UTC))
        archive_months.drop_oldest(work.connection, november, work.now)
    asked(shop)
    with books.begin() as work:
        generation = generations.open_next(work.connection, "ledger")

    # When it has sent the rest
    publisher = transport.publisher()
    sender = replay.Archive(shop, publisher, References("shop", CATALOGUE))
    with closing(publisher):
        assert [sender.step(), sender.step()] == [True, False]
    with books.begin() as work:
        replay.on_finished(published(shop, replay.FINISHED), work)

    # Then
    with books.read() as connection:
        assert generations.expected(connection, generation) == {"shop": 1}
        assert generations.archives_from(connection, generation) == {"shop": november}
