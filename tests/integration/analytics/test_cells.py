"""Answers merged of cells say what the facts say, whenever and however often is counted in between (DESIGN §6, R193)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from services.analytics.domain import TRAITS, By, Level, Window
from services.analytics.handlers import HANDLERS
from services.analytics.quantiles import ERROR
from services.analytics.storage.tables import PROJECTED, changes, estate_cells, facts, trait_cells
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.services import deliver
from tests.integration.analytics.conftest import Count, Kpis
from tests.integration.analytics.lives import NOON, Case, after, complaint, estate
from tests.integration.analytics.test_kpis_against_oracle import REGIONS, ZONES, Story, histories

Tell = Callable[..., None]


#: Whole months, months with days before and after, days, and instants that are no day's beginning.
WINDOWS = [
    Window(),
    Window(date(2026, 10, 1), date(2026, 12, 1)),
    Window(date(2026, 9, 20), date(2026, 11, 21)),
    Window(date(2026, 11, 9), date(2026, 11, 12)),
    Window(NOON - timedelta(days=45), NOON + timedelta(days=3)),
    Window(NOON, NOON + timedelta(seconds=1)),
    Window(None, NOON),
    Window(date(2026, 11, 10), None),
]
QUANTILES = {"median", "p90"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=histories(),
    order=st.randoms(use_true_random=False),
    counts=st.lists(st.integers(0, 60), max_size=3),
    window=st.sampled_from(WINDOWS),
    scope=st.sampled_from([None, "g", "g/east", "g/east/E1"]),
)
def test_cells_and_what_they_lack_are_the_facts(
    database: Database,
    kpis: Kpis,
    count: Count,
    history: list[Story],
    order: random.Random,
    counts: list[int],
    window: Window,
    scope: str | None,
) -> None:
    # Given events in any order, and counted into cells at any time between them
    empty(database)
    events = [estate(code, zone=zone, region=REGIONS[code]) for code, zone in ZONES.items()]
    events += [event for story in history for event in story.events()]
    order.shuffle(events)
    for batch in cut(events, counts):
        if batch:
            deliver(database, HANDLERS, *batch)
        count()
    if rest := events[max(counts, default=0) :]:
        deliver(database, HANDLERS, *rest)

    # Then
    for by in By:
        for level in Level:
            asked = {"window": window, "scope": scope, "level": level}
            assert_nearly(kpis(by, exact_up_to=0, **asked), kpis(by, **asked))


def cut(events: Sequence[Event], places: Sequence[int]) -> list[Sequence[Event]]:
    marks = [0, *sorted(places)]
    return [events[start:end] for start, end in pairwise(marks)]


def empty(database: Database) -> None:
    with database.begin() as work:
        work.connection.execute(text(f"TRUNCATE inbox, {', '.join(table.name for table in PROJECTED)}"))


def assert_nearly(merged: dict[Any, Any], exact: dict[Any, Any]) -> None:
    """Everything is the same, but quantiles may be as far off as is promised."""
    assert list(merged) == list(exact)
    for key, row in exact.items():
        for name, value in row.items():
            mine = merged[key][name]
            if isinstance(value, dict):
                for each, figure in value.items():
                    error = 2 * ERROR if each in QUANTILES else 1e-9
                    # Below a millisecond a time counts as one.
                    near = None if figure is None else pytest.approx(figure, rel=error, abs=0.001)
                    assert mine[each] == near, (key, name, each)
            else:
                assert mine == value, (key, name)


def test_nothing_is_left_to_count_and_every_cell_is_there(
    tell: Tell, count: Count, database: Database
) -> None:
    tell(estate(), *complaint("TS-1", 0), *complaint("TS-2", 1), *complaint("TS-3", 30))

    count()

    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(changes)) == 0
        assert connection.execute(select(estate_cells.c.month, estate_cells.c.received)).all() == [
            (date(2026, 11, 1), 2),
            (date(2026, 12, 1), 1),
        ]
        spans = select(trait_cells.c.span, trait_cells.c.trait, func.sum(trait_cells.c.received))
        found = connection.execute(spans.group_by(trait_cells.c.span, trait_cells.c.trait)).all()
    assert {(span, trait): int(n) for span, trait, n in found} == {
        (span, trait): 3 for span in ("day", "month") for trait in TRAITS
    }


def test_answers_come_from_cells_and_not_from_the_facts(
    tell: Tell, count: Count, kpis: Kpis, database: Database
) -> None:
    # Given facts that are counted, and then gone without a note
    tell(estate(), *complaint("TS-1", 0))
    count()
    with database.begin() as work:
        work.connection.execute(text("UPDATE facts SET kind = 'inquiry'"))

    # Then
    for by in By:
        assert [row["received"] for row in kpis(by, exact_up_to=0).values()] == [1]
        assert kpis(by) == {}


def test_a_change_is_seen_at_once_and_not_only_when_it_is_counted(
    tell: Tell, count: Count, kpis: Kpis
) -> None:
    case = Case("TS-1")
    tell(estate(), case.registered(household_id="h"))
    count()

    tell(case.answered(after(minutes=7)), *complaint("TS-2", 2, household_id="h"))

    row = kpis(exact_up_to=0)["E1"]
    assert (row["received"], row["valid"]) == (2, 2)
    assert row["response_seconds"]["median"] == pytest.approx(7 * 60, rel=ERROR)


@pytest.mark.parametrize("counted", [True, False])
def test_what_becomes_of_an_earlier_complaint_changes_whether_later_ones_repeat_it(
    tell: Tell, count: Count, kpis: Kpis, counted: bool
) -> None:
    """R190: the later one lies in another month, and nothing was told of it since."""
    # Given
    first = Case("TS-1")
    tell(
        estate(),
        first.registered(household_id="h"),
        first.classified("facility"),
        *complaint("TS-2", 25, household_id="h"),
    )
    count()
    assert kpis(exact_up_to=0)["E1"]["repeats"] == 1

    # When
    tell(first.classified("service"))
    if counted:
        count()

    # Then
    december = Window(date(2026, 12, 1), None)
    assert kpis(window=december, exact_up_to=0)["E1"]["repeats"] == 0
    assert kpis(By.CATEGORY, window=december, exact_up_to=0)["facility"]["repeats"] == 0
    assert kpis(window=december)["E1"]["repeats"] == 0


@pytest.mark.parametrize("counted", [True, False])
def test_an_estate_in_another_zone_or_group_is_counted_anew(
    tell: Tell, count: Count, kpis: Kpis, counted: bool
) -> None:
    # Given midnight in Shanghai, the first of November
    instant = datetime(2026, 10, 31, 16, tzinfo=UTC)
    tell(estate(), estate("E2"), Case("TS-1").registered(instant), Case("TS-2", "E2").registered(instant))
    count()
    assert kpis(By.MONTH, exact_up_to=0).keys() == {"2026-11"}

    # When
    elsewhere = {"group": "h", "group_name": "H", "path": "h/E1", "zone": "America/New_York"}
    tell(estate(version=2, region=None, **elsewhere))
    if counted:
        count()

    # Then
    everything = {"subtree": "", "exact_up_to": 0}
    november = Window(date(2026, 11, 1), date(2026, 12, 1))
    assert kpis(By.MONTH, **everything).keys() == {"2026-10", "2026-11"}
    for by in By:
        assert sum(row["received"] for row in kpis(by, window=november, **everything).values()) == 1
        assert sum(row["received"] for row in kpis(by, **everything).values()) == 2
        assert sum(row["received"] for row in kpis(by, subtree="h", exact_up_to=0).values()) == 1


def test_a_fact_that_somebody_else_is_changing_is_noted_again(
    tell: Tell, count: Count, database: Database, kpis: Kpis
) -> None:
    # Given a complaint that repeats another, held by a transaction that fails
    tell(estate(), *complaint("TS-1", 0, household_id="h"), *complaint("TS-2", 1, household_id="h"))
    with database.engine.connect() as other:
        other.execute(select(facts.c.number).where(facts.c.number == "TS-2").with_for_update())
        count()
        other.rollback()

    # Then it is not forgotten
    assert kpis()["E1"]["repeats"] == 1
    count()
    assert kpis()["E1"]["repeats"] == 1
    with database.read() as connection:
        assert connection.scalars(select(facts.c.number).where(facts.c.repeats)).all() == ["TS-2"]


def test_two_do_not_count_at_once(tell: Tell, count: Count, database: Database) -> None:
    tell(estate(), *complaint("TS-1", 0))
    with database.engine.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(1280263490)"))
        count()

    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(estate_cells)) == 0
