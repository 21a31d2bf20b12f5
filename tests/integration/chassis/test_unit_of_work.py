"""State and event leave together; versions are gapless (DESIGN §2.2, §2.4)."""

from __future__ import annotations

import threading

import pytest
from marshmallow import ValidationError
from sqlalchemy import func, select

from services.chassis import outbox
from services.chassis.database import Database
from services.chassis.testing.services import published
from tests.integration.chassis.conftest import entries


def count(database: Database, table: object) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_an_exception_takes_back_rows_and_events(shop: Database) -> None:
    # When
    def fail() -> None:
        with shop.begin() as work:
            work.connection.execute(entries.insert().values(generation=1, event_id="x", amount=1))
            work.record("shop.sold", "till-1", {"amount": 1})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    # Then
    assert count(shop, entries) == count(shop, outbox.outbox) == count(shop, outbox.streams) == 0


def test_versions_of_a_subject_count_from_one_across_transactions(shop: Database) -> None:
    # When
    for subjects in (["a", "b", "a"], ["a"], ["b", "b"]):
        with shop.begin() as work:
            for subject in subjects:
                work.record("shop.sold", subject, {"amount": 1})

    # Then
    versions = {subject: [e.version for e in published(shop) if e.subject == subject] for subject in "ab"}
    assert versions == {"a": [1, 2, 3], "b": [1, 2, 3]}


def test_versions_stay_gapless_when_transactions_race_and_some_fail(shop: Database) -> None:
    # When
    def sell(fails: bool) -> None:
        for _ in range(10):
            try:
                with shop.begin() as work:
                    work.record("shop.sold", "till", {"amount": 1})
                    work.flush()
                    if fails:
                        raise RuntimeError
            except RuntimeError:
                continue

    threads = [threading.Thread(target=sell, args=(n % 2 == 0,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Then
    assert sorted(event.version for event in published(shop)) == list(range(1, 31))


def test_what_this_service_does_not_publish_is_refused_at_once(books: Database) -> None:
    with pytest.raises(LookupError, match=r"ledger does not publish shop\.sold"), books.begin() as work:
        work.record("shop.sold", "till", {"amount": 1})


def test_data_that_breaks_the_schema_ends_the_transaction(shop: Database) -> None:
    with pytest.raises(ValidationError), shop.begin() as work:
        work.record("shop.sold", "till", {"amount": None})
    assert count(shop, outbox.outbox) == 0


def test_an_event_inherits_estate_mode_and_trace_of_its_cause(shop: Database) -> None:
    # Given
    with shop.begin() as work:
        work.record("shop.sold", "till", {"amount": 1}, estate="garden", mode="historical")
    cause = published(shop)[0]

    # When
    with shop.begin() as work:
        work.record("shop.closed", "till", {"amount": 1}, cause=cause)

    # Then
    effect = published(shop, "shop.closed")[0]
    assert (effect.causation_id, effect.estate, effect.mode) == (cause.id, "garden", "historical")


def test_actions_after_the_commit_wait_for_it(shop: Database) -> None:
    # Given
    done: list[str] = []

    # When
    def fail() -> None:
        with shop.begin() as work:
            work.after_commit(lambda: done.append("failed"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with shop.begin() as work:
        work.after_commit(lambda: done.append("committed"))
        assert done == []

    # Then
    assert done == ["committed"]


def test_reading_cannot_write(shop: Database) -> None:
    with pytest.raises(Exception, match="read-only transaction"), shop.read() as connection:
        connection.execute(entries.insert().values(generation=1, event_id="x", amount=1))
