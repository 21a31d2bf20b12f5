"""Sessions that the database ended while nobody used them (RELIABILITY P24), and what is told of its errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from services.chassis import sql

_END_ALL_OTHERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pooled'"
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = sql.connect(database_url, application="pooled")
    yield engine
    engine.dispose()


@pytest.fixture
def end_sessions(database_url: str) -> Iterator[Engine]:
    engine = sql.connect(database_url, application="another")
    yield engine
    engine.dispose()


def use(engine: Engine) -> int:
    with engine.begin() as connection:
        pid: int = connection.scalar(text("SELECT pg_backend_pid()")) or 0
    return pid


def ended(others: Engine) -> int:
    with others.begin() as connection:
        return connection.scalar(text(_END_ALL_OTHERS)) or 0


def test_a_session_that_was_ended_while_idle_is_replaced_unseen(
    engine: Engine, end_sessions: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a session in the pool that counts as idle at once
    monkeypatch.setattr(sql, "_TRUSTED_SECONDS", 0.0)
    before = use(engine)

    # When the database ends it
    assert ended(end_sessions) == 1

    # Then its user gets another and no error
    assert use(engine) != before


def test_a_session_that_was_ended_right_after_its_use_fails_once_and_takes_all_with_it(
    engine: Engine, end_sessions: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two sessions in the pool, both used a moment ago
    monkeypatch.setattr(sql, "_TRUSTED_SECONDS", 3600.0)
    with engine.begin() as one, engine.begin() as other:
        assert one.scalar(text("SELECT 1")) == other.scalar(text("SELECT 1"))

    # When the database ends both
    assert ended(end_sessions) == 2

    # Then one use learns it, as an absent database, and the next does not
    with pytest.raises(DBAPIError) as caught:
        use(engine)
    assert sql.is_absent(caught.value)
    assert use(engine)


def test_a_session_in_use_is_not_asked_each_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(engine.dialect, "do_ping", lambda session: not asked.append(session))

    assert use(engine) == use(engine)
    assert asked == []


def test_what_is_told_of_an_error_holds_no_row(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE people (name text PRIMARY KEY, phone text NOT NULL)"))

    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(text("INSERT INTO people VALUES ('王伟', NULL)"))

    assert "王伟" in str(caught.value)
    told = sql.told(caught.value)
    assert "王伟" not in told
    assert "23502" in told
    assert "null value" in told
