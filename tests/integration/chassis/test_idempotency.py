"""One effect for any number of the same request (RELIABILITY H1, H2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, create_engine, func, make_url, select

from services.chassis.errors import Conflict, Invalid
from services.chassis.http.idempotency import Answer, Key, once, purge
from services.chassis.http.tables import idempotency_keys
from services.chassis.testing.clock import DEFAULT_START as NOW

KEY = Key("principal:s-1", "k-1", "fingerprint")


@dataclass
class Work:
    """As much of a unit of work as is needed."""

    connection: Connection
    now: datetime = NOW


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    idempotency_keys.create(engine)
    yield engine
    engine.dispose()


@contextmanager
def work(engine: Engine) -> Iterator[Work]:
    with engine.begin() as connection:
        yield Work(connection)


class Action:
    """Counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> Answer:
        self.done += 1
        return Answer(201, {"number": f"P-{self.done}"})


def test_a_repetition_gets_the_same_answer_and_does_nothing(engine: Engine) -> None:
    action = Action()

    with work(engine) as first:
        answer = once(first, KEY, action)
    with work(engine) as second:
        again = once(second, KEY, action)

    assert (answer.status, answer.body, answer.replayed) == (201, {"number": "P-1"}, False)
    assert (again.status, again.body, again.replayed) == (201, {"number": "P-1"}, True)
    assert action.done == 1


def test_without_a_key_every_request_is_done(engine: Engine) -> None:
    action = Action()

    for _ in range(2):
        with work(engine) as each:
            once(each, None, action)

    assert action.done == 2


def test_the_same_key_of_another_caller_is_another_key(engine: Engine) -> None:
    action = Action()

    for caller in ("principal:s-1", "principal:s-2"):
        with work(engine) as each:
            assert not once(each, Key(caller, "k-1", caller), action).replayed

    assert action.done == 2


def test_the_same_key_for_something_else_is_invalid(engine: Engine) -> None:
    with work(engine) as first:
        once(first, KEY, Action())

    with pytest.raises(Invalid, match="idempotency_key_reused"), work(engine) as second:
        once(second, Key(KEY.caller, KEY.key, "other"), Action())


def test_while_the_first_is_running_the_second_is_a_conflict(engine: Engine) -> None:
    with work(engine) as first:
        once(first, KEY, Action())

        with pytest.raises(Conflict, match="idempotency_key_in_use"), work(engine) as second:
            once(second, KEY, Action())


def test_after_a_failure_a_repetition_does_the_work(engine: Engine) -> None:
    def fail() -> Answer:
        raise RuntimeError

    with pytest.raises(RuntimeError), work(engine) as first:
        once(first, KEY, fail)

    with work(engine) as second:
        assert not once(second, KEY, Action()).replayed


def test_what_completes_the_answer_is_sent_both_times_and_never_stored(engine: Engine) -> None:
    def complete(stored: dict[str, str]) -> dict[str, str]:
        return {**stored, "claim_code": f"secret of {stored['number']}"}

    answers = []
    for _ in range(2):
        with work(engine) as each:
            answers.append(once(each, KEY, Action(), complete=complete))

    assert [dict(answer.body) for answer in answers] == [{"number": "P-1", "claim_code": "secret of P-1"}] * 2
    with work(engine) as each:
        assert each.connection.scalars(select(idempotency_keys.c.body)).one() == {"number": "P-1"}


def test_an_instant_reads_the_same_both_times(engine: Engine) -> None:
    answers = []
    for _ in range(2):
        with work(engine) as each:
            answers.append(dict(once(each, KEY, lambda: Answer(201, {"at": NOW})).body))

    assert answers == [{"at": "2026-11-22T04:00:00Z"}] * 2


def test_a_hundred_at_once_have_one_effect(engine: Engine) -> None:
    effects: list[str] = []
    outcomes: list[str] = []
    start = threading.Barrier(10)

    def act() -> Answer:
        effects.append("done")
        return Answer(201, {"number": "P-1"})

    def send() -> None:
        start.wait(10)
        for _ in range(10):
            try:
                with work(engine) as each:
                    outcomes.append(str(once(each, KEY, act).body["number"]))
            except Conflict:
                outcomes.append("conflict")

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(outcomes) <= {"P-1", "conflict"}
    assert len(outcomes) == 100
    with work(engine) as each:
        assert each.connection.scalar(select(func.count()).select_from(idempotency_keys)) == 1


def test_one_that_looked_before_the_first_had_committed_is_refused(engine: Engine) -> None:
    """The look and the lock are one statement, which sees the table as it was when it began."""

    def another_commits_meanwhile() -> Answer:
        with work(engine) as other:
            row = {
                "caller": KEY.caller,
                "key": KEY.key,
                "fingerprint": KEY.fingerprint,
                "status": 201,
                "body": {},
            }
            other.connection.execute(idempotency_keys.insert().values(**row, created_at=NOW))
        return Answer(201, {"number": "twice"})

    with pytest.raises(Conflict), work(engine) as late:
        once(late, KEY, another_commits_meanwhile)

    with engine.connect() as connection:
        assert connection.scalars(select(idempotency_keys.c.body)).all() == [{}]


def test_old_answers_are_forgotten(engine: Engine) -> None:
    with work(engine) as first:
        once(first, KEY, Action())

    with work(engine) as each:
        assert purge(each.connection, NOW - timedelta(days=1)) == 0
        assert purge(each.connection, NOW + timedelta(seconds=1)) == 1
