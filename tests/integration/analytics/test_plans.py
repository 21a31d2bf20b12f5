"""Statements about a part of many facts stay fast: PostgreSQL walks the index that was made for the question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text

from services.analytics import usecases
from services.analytics.domain import By, Window
from services.analytics.storage import causes, changes
from services.chassis.database import Database
from services.chassis.testing.plans import executed_plans
from tests.integration.analytics.conftest import Count

#: Forty estates with five hundred complaints each, one an hour; every fiftieth is not resolved, every fortieth repeats.
ESTATES, EACH = 40, 500
_ESTATES = """
    INSERT INTO estates
    SELECT 1, 'E' || n, 'E' || n, 'g/r/E' || n, 'Asia/Shanghai', 'g', 'G', 'r', 'R', 1
    FROM generate_series(1, :estates) AS n"""
_FACTS = """
    INSERT INTO facts (generation, number, registered_version, estate, channel, kind, received_at, household_id, place,
                       category, answered_at, resolved_version, resolved_at)
    SELECT 1, 'TS-' || e || '-' || n, 1, 'E' || e, 'web', 'complaint', at, CASE WHEN n % 40 < 2 THEN 'h' || n / 2 END,
           'P' || n % 300, 'c' || n / 2, at + interval '1 hour', CASE WHEN n % 50 > 0 THEN 2 END, at + interval '2 hours'
    FROM (SELECT e, n, timestamptz '2026-09-01 00:00Z' + n * interval '1 hour' AS at
          FROM generate_series(1, :estates) AS e, generate_series(1, :each) AS n) AS told"""

Plans = Callable[[Callable[[Connection], object]], list[dict[str, Any]]]


@pytest.fixture
def many(database: Database, count: Count) -> Database:
    """Facts that were counted into cells, and statistics of everything."""
    with database.engine.begin() as connection:
        connection.execute(text(_ESTATES), {"estates": ESTATES})
        connection.execute(text(_FACTS), {"estates": ESTATES, "each": EACH})
        connection.execute(text("INSERT INTO changes SELECT generation, number FROM facts"))
    count()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) facts, estates, changes, estate_cells, trait_cells"))
    return database


@pytest.fixture
def plans(many: Database) -> Plans:
    """A function that runs something and returns every node of the plans of its statements, executed."""

    return partial(executed_plans, many.engine)


def facts_looked_at(nodes: list[dict[str, Any]]) -> int:
    """How many rows of the facts were read, those that a filter threw away included."""
    scans = [n for n in nodes if n.get("Relation Name") == "facts" and n["Node Type"] != "Bitmap Index Scan"]
    return sum((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"] for n in scans)


def question(connection: Connection, scope: str | None = None) -> Any:
    window = Window(date(2026, 9, 1), date(2026, 10, 1))
    return usecases.asked(
        connection, subtree="", scope=scope, window=window, by=By.ESTATE, kinds=("complaint",)
    )


def test_the_figures_of_one_estate_read_its_facts_alone(plans: Plans) -> None:
    def ask(connection: Connection) -> None:
        report = usecases.report(connection, *question(connection, "g/r/E7"))
        assert report.rows[0]["received"] == EACH

    assert facts_looked_at(plans(ask)) <= 2 * EACH


def test_figures_of_all_estates_read_cells_and_no_fact(plans: Plans) -> None:
    def ask(connection: Connection) -> None:
        report = usecases.report(connection, *question(connection), exact_up_to=100)
        assert len(report.rows) == ESTATES

    # What is looked at tells that there are more than so many, and no more.
    assert facts_looked_at(plans(ask)) <= EACH


def test_what_a_change_makes_stale_is_found_by_household_and_place(plans: Plans) -> None:
    def look(connection: Connection) -> None:
        assert len(changes.stale(connection, 1, ["TS-7-40"])) == 3

    nodes = plans(look)

    assert {n.get("Index Name") for n in nodes} >= {"facts_of_household", "facts_of_place"}
    assert facts_looked_at(nodes) < 50


def test_the_unsolved_are_found_among_the_many_that_are_solved(plans: Plans) -> None:
    def ask(connection: Connection) -> None:
        rows = causes.unsolved(connection, *question(connection))
        assert sum(row["complaints"] for row in rows) == ESTATES * EACH / 50

    assert facts_looked_at(plans(ask)) <= ESTATES * EACH / 50


def test_repeats_are_found_among_the_many_that_repeat_nothing(plans: Plans, many: Database) -> None:
    with many.read() as connection:
        repeating = connection.scalar(text("SELECT count(*) FROM facts WHERE repeats"))

    def ask(connection: Connection) -> None:
        assert sum(row["complaints"] for row in causes.repeats(connection, *question(connection), ()))

    assert facts_looked_at(plans(ask)) <= (repeating or 0)
