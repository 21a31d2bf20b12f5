"""One effect for any number of the same request (RELIABILITY H1, H2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from services.chassis import sql
from services.chassis.database import Database
from services.chassis.errors import Conflict, Invalid
from services.chassis.http.idempotency import Answer, Key, once, purge
from services.chassis.http.tables import idempotency_keys
from services.chassis.testing import eventually
from services.chassis.testing.clock import DEFAULT_START as NOW
from services.chassis.testing.clock import ManualClock
from services.chassis.unit_of_work import UnitOfWork
from tests.integration.chassis.conftest import CATALOGUE

KEY = Key("principal:s-1", "k-1", "fingerprint")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    engine = sql.connect(database_url, application="idempotency")
    idempotency_keys.create(engine)
    yield Database("shop", engine, CATALOGUE, ManualClock())
    engine.dispose()


class Action:
    """Counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, _work: UnitOfWork) -> Answer:
        self.done += 1
        return Answer(201, {"number": f"P-{self.done}"})


ROW = {
    "caller": KEY.caller,
    "key": KEY.key,
    "fingerprint": KEY.fingerprint,
    "status": 201,
    "body": {"number": "P-1"},
    "created_at": NOW,
}


def kept(database: Database) -> list[object]:
    with database.read() as connection:
        return list(connection.scalars(select(idempotency_keys.c.body)))


def waiting(database: Database) -> bool:
    """Whether somebody waits for another's transaction."""
    with database.read() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_a_repetition_gets_the_same_answer_and_leaves_no_effect(database: Database) -> None:
    action = Action()

    answer = once(database, KEY, action)
    again = once(database, KEY, action)

    assert (answer.status, answer.body, answer.replayed) == (201, {"number": "P-1"}, False)
    assert (again.status, again.body, again.replayed) == (201, {"number": "P-1"}, True)
    assert kept(database) == [{"number": "P-1"}]


def test_what_can_be_done_but_once_is_answered_again_rather_than_refused(database: Database) -> None:
    # Given an act that its own effect forbids to repeat
    def accept(_work: UnitOfWork) -> Answer:
        if kept(database):
            raise Conflict("accepted_already")
        return Answer(200, {"status": "accepted"})

    once(database, KEY, accept)

    # Then the same request gets its answer, and another the refusal
    assert once(database, KEY, accept).replayed
    with pytest.raises(Conflict, match="accepted_already"):
        once(database, Key(KEY.caller, "k-2", KEY.fingerprint), accept)


def test_without_a_key_every_request_is_done(database: Database) -> None:
    action = Action()

    assert [once(database, None, action).body["number"] for _ in range(2)] == ["P-1", "P-2"]
    assert kept(database) == []


def test_the_same_key_of_another_caller_is_another_key(database: Database) -> None:
    action = Action()

    for caller in ("principal:s-1", "principal:s-2"):
        assert not once(database, Key(caller, "k-1", caller), action).replayed

    assert len(kept(database)) == 2


def test_the_same_key_for_something_else_is_invalid(database: Database) -> None:
    once(database, KEY, Action())

    with pytest.raises(Invalid, match="idempotency_key_reused"):
        once(database, Key(KEY.caller, KEY.key, "other"), Action())


def test_a_repetition_waits_for_the_first_and_gets_its_answer(database: Database) -> None:
    # Given a first request that has written its key and not yet committed
    written, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with database.begin() as work:
            work.add(idempotency_keys, [ROW])
            work.flush()
            written.set()
            go_on.wait(10)

    answers: list[Answer] = []
    running = threading.Thread(target=first)
    running.start()
    assert written.wait(10)

    # When it comes again meanwhile
    again = threading.Thread(target=lambda: answers.append(once(database, KEY, Action())))
    again.start()
    eventually(lambda: waiting(database))
    go_on.set()
    running.join(10)
    again.join(10)

    # Then it gets the answer of the first
    assert [(answer.body, answer.replayed) for answer in answers] == [({"number": "P-1"}, True)]


def test_after_a_failure_a_repetition_does_the_work(database: Database) -> None:
    def fail(_work: UnitOfWork) -> Answer:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        once(database, KEY, fail)

    assert not once(database, KEY, Action()).replayed


def test_what_completes_the_answer_is_sent_both_times_and_never_stored(database: Database) -> None:
    def complete(stored: dict[str, str]) -> dict[str, str]:
        return {**stored, "claim_code": f"secret of {stored['number']}"}

    answers = [once(database, KEY, Action(), complete=complete) for _ in range(2)]

    assert [dict(answer.body) for answer in answers] == [{"number": "P-1", "claim_code": "secret of P-1"}] * 2
    assert kept(database) == [{"number": "P-1"}]


def test_an_instant_reads_the_same_both_times(database: Database) -> None:
    answers = [dict(once(database, KEY, lambda _: Answer(201, {"at": NOW})).body) for _ in range(2)]

    assert answers == [{"at": "2026-11-22T04:00:00Z"}] * 2


def test_a_hundred_at_once_have_one_effect(database: Database) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(10)
    action = Action()

    def send() -> None:
        start.wait(10)
        outcomes.extend(str(once(database, KEY, action).body["number"]) for _ in range(10))

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 100
    assert [{"number": number} for number in set(outcomes)] == kept(database)


def test_old_answers_are_forgotten(database: Database) -> None:
    once(database, KEY, Action())

    with database.begin() as work:
        assert purge(work.connection, NOW - timedelta(days=1), 10) == 0
        assert purge(work.connection, NOW + timedelta(seconds=1), 10) == 1
