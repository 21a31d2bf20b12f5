"""A fact ends the same in whatever order, however often and in whatever batches its events come."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as listening
from sqlalchemy import select, text

from services.analytics import usecases
from services.analytics.handlers import HANDLERS
from services.analytics.storage.tables import estates, facts
from services.chassis.auth.revocation import is_disabled
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.services import deliver, handling, make_event
from tests.integration.analytics.lives import Case, after, estate


def life() -> list[Event]:
    """Everything that can happen to one complaint, as it happened."""
    case = Case("TS-1")
    return [
        case.registered(household_id="h1", location=" 3号楼  b座 "),
        case.classified("facility", after(seconds=1)),
        case.breached("dispatch", after(minutes=10)),
        case.assigned(after(minutes=12)),
        case.classified("service", after(minutes=20)),
        case.breached("answer", after(hours=24)),
        case.answered(after(hours=25)),
        case.resolved(after(hours=30)),
        case.called_back("dissatisfied", after(hours=40)),
        case.reopened(after(hours=40)),
        case.assigned(after(hours=41)),
        case.resolved(after(hours=50), "late_repair"),
        case.called_back("unreached", after(hours=60)),
        case.rated("satisfied", after(hours=61)),
        case.closed(after(hours=61)),
        case.withdrawn(after(hours=62)),
        case.verified("valid", after(hours=63)),
        case.breached("solve", after(hours=48)),
        case.clock_changed("solve", "running", after(hours=49)),
        case.clock_changed("solve", "kept", after(hours=50)),
    ]


def past_life() -> list[Event]:
    """Everything that is told of a complaint of the past."""
    case = Case("TS-2", mode="historical")
    history = {"source": "old", "category": "设施/电梯", "place": "3号楼 b座", "channel": "热线"}
    return [
        case.registered(location="***", history=history),
        case.classified("设施/电梯"),
        case.answered(after(hours=25)),
        case.resolved(after(hours=30)),
        case.closed(after(hours=30)),
        case.breached("answer", after(hours=24)),
    ]


def stored(database: Database) -> list[dict[str, Any]]:
    with database.read() as connection:
        return [dict(row) for row in connection.execute(select(facts).order_by(facts.c.number)).mappings()]


def clear(database: Database) -> None:
    with database.begin() as work:
        work.connection.execute(text("TRUNCATE facts, estates, inbox"))


def test_a_fact_holds_the_whole_life_of_its_complaint(database: Database, tell: Callable[..., None]) -> None:
    tell(*life())

    assert stored(database) == [
        {
            "generation": 1,
            "number": "TS-1",
            "registered_version": 1,
            "estate": "E1",
            "channel": "web",
            "kind": "complaint",
            "received_at": after(),
            "household_id": "h1",
            "place": "3号楼 B座",
            "classified_version": 4,
            "category": "service",
            "severity": None,
            "verified_version": 12,
            "verdict": "valid",
            "withdrawn_at": after(hours=62),
            "assigned_at": after(minutes=12),
            "assigned_version": 9,
            "department": "d",
            "assignee": "s",
            "answered_at": after(hours=25),
            "dispatch_due_at": after(minutes=10),
            "answer_due_at": after(hours=24),
            "solve_due_at": after(hours=48),
            "solve_version": 15,
            "solve_verdict": "kept",
            "resolved_version": 10,
            "resolved_at": after(hours=50),
            "cause": "late_repair",
            "reopened_version": 8,
            "closed_version": 11,
            "satisfaction": "satisfied",
            "opinion_at": after(hours=61),
            "opinion_rank": 1,
            "opinion_version": 2,
            "repeats": False,
        }
    ]


def test_a_complaint_of_the_past_is_counted_by_the_words_of_its_records(
    database: Database, tell: Callable[..., None]
) -> None:
    tell(*past_life())

    (fact,) = stored(database)
    assert (fact["channel"], fact["category"], fact["place"]) == ("热线", "设施/电梯", "3号楼 B座")
    assert (fact["answered_at"], fact["resolved_at"]) == (after(hours=25), after(hours=30))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), cuts=st.lists(st.integers(0, 24), max_size=5))
def test_any_order_any_duplicates_and_any_batches_give_the_same_fact(
    database: Database, order: random.Random, cuts: list[int]
) -> None:
    # Given the fact of the events as they happened
    clear(database)
    events = [*life(), *past_life()]
    deliver(database, HANDLERS, *events)
    expected = stored(database)

    # When they come in another order, some twice, in several batches
    clear(database)
    shuffled = [*events, *order.sample(events, 8)]
    order.shuffle(shuffled)
    marks = [0, *sorted(cuts), len(shuffled)]
    for start, end in pairwise(marks):
        if start < end:
            deliver(database, HANDLERS, *shuffled[start:end])

    # Then
    assert stored(database) == expected


@pytest.mark.parametrize("first_told", ["rating", "callback"])
def test_of_two_opinions_at_the_same_instant_the_rating_holds(
    database: Database, tell: Callable[..., None], first_told: str
) -> None:
    case = Case("TS-1")
    rating, callback = case.rated("satisfied"), case.called_back("dissatisfied")
    told = [rating, callback] if first_told == "rating" else [callback, rating]

    for event in told:
        tell(event)

    assert [fact["satisfaction"] for fact in stored(database)] == ["satisfied"]


def test_a_batch_of_many_complaints_takes_no_more_statements_than_one(database: Database) -> None:
    # Given
    cases = [Case(f"TS-{number}") for number in range(200)]
    batch = [e for case in cases for e in (case.registered(), case.classified("facility"), case.assigned())]
    statements: list[str] = []
    listening.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    # When
    deliver(database, HANDLERS, *batch)

    # Then
    assert len(stored(database)) == 200
    assert len([s for s in statements if "INTO facts" in s]) == 4


def test_the_newest_version_of_an_estate_holds(database: Database, tell: Callable[..., None]) -> None:
    tell(estate(version=2, name="New"), estate(version=1, name="Old"))
    tell(estate(version=1, name="Older", region="west"))

    with database.read() as connection:
        assert connection.execute(select(estates.c.name, estates.c.version)).all() == [("New", 2)]


def test_an_estate_in_an_unknown_zone_is_a_dead_letter_and_stops_nothing(database: Database) -> None:
    path = deliver(
        database, HANDLERS, estate("E1", zone="Mars/Olympus"), estate("E2"), Case("TS-1").registered()
    )

    with database.read() as connection:
        assert connection.scalars(select(estates.c.code)).all() == ["E2"]
        reasons = connection.execute(text("SELECT reason FROM dead_letters")).scalars().all()
    assert reasons == ["refused"]
    assert len(stored(database)) == 1
    assert path.retry_due() is False


def test_disabled_staff_are_known(database: Database, tell: Callable[..., None]) -> None:
    def staff(disabled: bool, version: int) -> Event:
        data = {"staff_id": "s1", "role": "head", "path": "g", "disabled": disabled}
        return make_event("staff.changed", "s1", data, source="routing", version=version)

    tell(staff(True, 2), staff(False, 1))

    with database.read() as connection:
        assert is_disabled(connection, "s1")


def test_two_generations_are_written_alike_and_known_events_change_neither(database: Database) -> None:
    # Given a second generation being built
    with database.begin() as work:
        assert usecases.rebuild(work) == 2

    # When
    deliver(database, HANDLERS, *life())
    deliver(database, HANDLERS, *life()[:3])

    # Then
    first, second = sorted(stored(database), key=lambda fact: fact["generation"])
    assert (first["generation"], second["generation"]) == (1, 2)
    assert {**first, "generation": 2} == second
    assert handling(database, HANDLERS).retry_due() is False
