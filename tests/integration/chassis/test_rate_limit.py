"""So many requests a minute and no more, for each key (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, make_url, select

from services.chassis.http.errors import TooManyRequests
from services.chassis.http.rate_limit import allow, purge
from services.chassis.http.tables import rate_counters
from services.chassis.testing.clock import DEFAULT_START as NOW


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    rate_counters.create(engine)
    yield engine
    engine.dispose()


def ask(engine: Engine, *keys: str, seconds: float = 0) -> None:
    with engine.begin() as connection:
        allow(connection, keys, limit=3, now=NOW + timedelta(seconds=seconds))


def test_the_request_above_the_limit_is_told_when_to_come_back(engine: Engine) -> None:
    for _ in range(3):
        ask(engine, "address:a", seconds=50)

    with pytest.raises(TooManyRequests) as raised:
        ask(engine, "address:a", seconds=50)

    assert raised.value.headers == {"Retry-After": "10"}


def test_each_key_counts_for_itself_and_any_may_refuse(engine: Engine) -> None:
    for number in range(3):
        ask(engine, "address:a", f"number:{number}")

    with pytest.raises(TooManyRequests):
        ask(engine, "address:a", "number:9")
    ask(engine, "address:b", "number:9")


def test_the_next_minute_starts_anew(engine: Engine) -> None:
    for _ in range(3):
        ask(engine, "address:a")

    ask(engine, "address:a", seconds=60)


def test_no_address_lies_in_the_table_and_past_minutes_are_forgotten(engine: Engine) -> None:
    ask(engine, "address:198.51.100.7")

    with engine.begin() as connection:
        assert "198.51.100.7" not in str(connection.execute(select(rate_counters)).all())
        assert purge(connection, NOW) == 0
        assert purge(connection, NOW + timedelta(minutes=2)) == 1
