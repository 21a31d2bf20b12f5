"""A disabled principal is refused within seconds, whatever order the news comes in (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, make_url

from services.chassis.auth.revocation import (
    TRUSTED_SECONDS,
    DisabledPrincipals,
    PrincipalState,
    is_disabled,
    remember_principals,
)
from services.chassis.auth.tables import principals
from services.chassis.testing.clock import ManualClock


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    principals.create(engine)
    yield engine
    engine.dispose()


def remember(engine: Engine, *states: PrincipalState) -> None:
    with engine.begin() as connection:
        remember_principals(connection, states)


def test_the_newest_state_wins_in_one_list_and_across_lists(engine: Engine) -> None:
    remember(
        engine, PrincipalState("a", True, 2), PrincipalState("a", False, 1), PrincipalState("b", True, 1)
    )
    remember(engine, PrincipalState("a", False, 1), PrincipalState("b", False, 2))
    remember(engine)

    with engine.begin() as connection:
        assert is_disabled(connection, "a")
        assert not is_disabled(connection, "b")
        assert not is_disabled(connection, "unheard-of")


def test_what_was_read_is_trusted_for_a_moment_only(engine: Engine) -> None:
    clock = ManualClock()
    disabled = DisabledPrincipals(engine.connect, clock)
    assert not disabled.is_disabled("a")

    remember(engine, PrincipalState("a", True, 1))

    assert not disabled.is_disabled("a")
    clock.advance(seconds=TRUSTED_SECONDS)
    assert disabled.is_disabled("a")
