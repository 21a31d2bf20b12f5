"""Order is not trusted (F18, DESIGN §2.4): a projection ends the same in any order, with gaps, repeats and crashes."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import ServiceDatabase, deliver
from tests.faults.ordering.lives import ENDINGS, Life
from tests.faults.ordering.machine import Deliveries
from tests.faults.ordering.projections import Projection, projections
from tests.faults.sizes import size

_PROJECTIONS = projections()
_BATCH = 200


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture(params=sorted(_PROJECTIONS))
def projection(request: pytest.FixtureRequest) -> Projection:
    """Each of them."""
    return _PROJECTIONS[request.param]


@pytest.fixture
def database(projection: Projection, service_database: ServiceDatabase, clock: ManualClock) -> Database:
    """The database of its service, where people and places are known."""
    made = service_database(projection.definition, clock)
    if projection.before:
        deliver(made, projection.handlers, *projection.before)
    return made


@pytest.fixture
def in_order(projection: Projection, database: Database) -> Callable[[int, str], Any]:
    """A function that gives what is kept of a complaint whose events come one after the other as they happened."""

    @cache
    def kept(rounds: int, ending: str) -> Any:
        life = Life(f"TS-20261122-{ending}{rounds}", rounds, ending)
        for event in projection.heard(life.events):
            deliver(database, projection.handlers, event)
        with database.read() as connection:
            return projection.kept(connection)[life.number]

    return kept


def test_after_crashes_repeats_and_gaps_a_copy_is_that_of_the_true_order(
    projection: Projection, database: Database, clock: ManualClock, in_order: Callable[[int, str], Any]
) -> None:
    numbers = (f"TS-20261122-{number:06}" for number in count())

    class OfThisProjection(Deliveries):
        pass

    OfThisProjection.projection = projection
    OfThisProjection.database = database
    OfThisProjection.clock = clock
    OfThisProjection.in_order = staticmethod(in_order)
    OfThisProjection.numbers = staticmethod(lambda: next(numbers))

    run_state_machine_as_test(
        OfThisProjection,
        settings=settings(
            max_examples=size(full=1000, suite=10),
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        ),
    )


def test_thousands_of_complaints_each_in_an_order_of_its_own_end_as_in_the_true_one(
    projection: Projection, database: Database, in_order: Callable[[int, str], Any]
) -> None:
    # Given
    rng = random.Random(18)
    lives = [
        Life(f"TS-20261122-{number:06}", rng.randint(1, 3), rng.choice(ENDINGS))
        for number in range(size(full=10_000, suite=60))
    ]
    wanted = {life.number: in_order(life.rounds, life.ending) for life in lives}

    # When
    for batch in _batches(projection, lives, rng):
        deliver(database, projection.handlers, *batch)

    # Then
    with database.read() as connection:
        kept = projection.kept(connection)
    assert {number: kept[number] for number in wanted} == wanted


def _batches(projection: Projection, lives: list[Life], rng: random.Random) -> list[list[Event]]:
    """Events of all lives mixed, each life shuffled, with a third repeated; some are held back until all others came."""
    needed: list[Event] = []
    first: list[Event] = []
    late: list[Event] = []
    for life in lives:
        events = projection.heard(life.events)
        needed += [event for event in events if event.name in projection.needed]
        for event in [*events, *rng.sample(events, len(events) // 3)]:
            (late if rng.random() < 0.1 else first).append(event)
    for part in (needed, first, late):
        rng.shuffle(part)
    mixed = [*needed, *first, *late]
    return [mixed[start : start + _BATCH] for start in range(0, len(mixed), _BATCH)]
