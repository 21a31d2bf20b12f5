"""A complaint that repeats an earlier one says so, whatever order they are registered in (R190, for handling)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text

from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.clock import DEFAULT_START
from services.routing.storage.tables import repeats as table
from tests.integration.routing.conftest import Caller, Rows, Tell, registered

LIFT, RUBBISH = "电梯坏了两天", "垃圾没有人清理"


def complaint(name: str, days: float, **others: Any) -> Event:
    """A complaint received so many days before the test's clock starts."""
    received = DEFAULT_START - timedelta(days=days)
    return registered(
        f"TS-{name}", **{"text": LIFT, "received_at": received, "recorded_at": received, **others}
    )


def pairs(rows: Rows) -> set[tuple[str, str]]:
    """Who repeats whom."""
    return {(row["number"].removeprefix("TS-"), row["earlier"].removeprefix("TS-")) for row in rows(table)}


FOUR = (
    complaint("A", 40, household_id="h1"),
    complaint("B", 12, household_id="h1", location="3 栋 电梯"),
    complaint("C", 10, household_id="h2", location="3  栋 电梯 "),
    complaint("D", 9, household_id="h1"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_r190_household_or_place_within_thirty_days_in_any_order(
    tell: Tell, rows: Rows, order: tuple[int, ...]
) -> None:
    # When, in two batches
    tell(*(FOUR[place] for place in order[:2]))
    tell(*(FOUR[place] for place in order[2:]))

    # Then
    assert pairs(rows) == {("B", "A"), ("C", "B"), ("D", "B")}


def test_both_ends_of_the_thirty_days_count_and_no_microsecond_more(tell: Tell, rows: Rows) -> None:
    instant = timedelta(microseconds=1)
    early = DEFAULT_START - timedelta(days=30)
    tell(
        complaint("A", 0, household_id="h1", received_at=early),
        complaint("B", 0, household_id="h1", received_at=early - instant),
        complaint("C", 0, household_id="h1", received_at=DEFAULT_START),
    )

    assert pairs(rows) == {("A", "B"), ("C", "A")}


def test_of_two_received_at_one_instant_the_higher_number_repeats(tell: Tell, rows: Rows) -> None:
    tell(complaint("B", 1, household_id="h1"), complaint("A", 1, household_id="h1"))

    assert pairs(rows) == {("B", "A")}


@pytest.mark.parametrize(
    "other",
    [
        {"household_id": "h1", "text": RUBBISH},
        {"household_id": "h2"},
        {"household_id": "h2", "location": "3 栋 电梯", "estate": "binjiang"},
        {"household_id": None, "location": "4 栋 电梯"},
        {},
    ],
    ids=["another category", "another household", "another estate", "another place", "nothing known"],
)
def test_what_is_something_else_is_no_repeat(tell: Tell, rows: Rows, other: dict[str, Any]) -> None:
    tell(complaint("A", 2, household_id="h1", location="3 栋 电梯"), complaint("B", 1, **other))

    assert pairs(rows) == set()


def test_a_place_that_all_complain_about_names_the_nearest(tell: Tell, rows: Rows) -> None:
    tell(*(complaint(f"{n:03d}", 20 - n / 10, location="东门") for n in range(60)))

    named = [int(earlier) for number, earlier in pairs(rows) if number == "059"]
    assert sorted(named) == list(range(39, 59))


def test_the_case_shows_them_and_the_list_is_filtered(
    tell: Tell, client: FlaskClient, caller: Caller
) -> None:
    tell(*FOUR, complaint("E", 8, household_id="h1"))

    case = client.get("/api/routing/complaints/TS-E", headers=caller()).json
    assert (case["repeat"], case["repeats"]) == (True, ["TS-D", "TS-B"])

    def listed(query: str) -> set[str]:
        answer = client.get(f"/api/routing/complaints{query}", headers=caller()).json
        return {item["number"] for item in answer["items"]}

    assert listed("?repeat=true") == {"TS-B", "TS-C", "TS-D", "TS-E"}
    assert listed("?repeat=false") == {"TS-A"}
    assert len(listed("")) == 5


def test_a_corrected_category_is_compared_anew(
    tell: Tell, client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    # Given
    rubbish = complaint("R", 5, household_id="h1", text=RUBBISH)
    tell(complaint("A", 6, household_id="h1"), complaint("B", 4, household_id="h1"), rubbish)
    assert pairs(rows) == {("B", "A")}

    # When
    answer = client.post(
        "/api/routing/complaints/TS-B/classification",
        json={"category": "environment.cleaning", "reason": "其实是垃圾问题"},
        headers=caller(),
    )

    # Then
    assert answer.status_code == 200, answer.text
    assert pairs(rows) == {("B", "R")}
    assert answer.json["repeats"] == ["TS-R"]


@pytest.fixture
def many(tell: Tell, database: Database) -> Database:
    """Thirty thousand complaints of one category in two estates, and statistics of them."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                """
                INSERT INTO cases (number, estate, channel, kind, text, anonymous, household_id, place, received_at,
                    recorded_at, category, category_rule, urgency, urgency_rule, pack, status, round, historical)
                SELECT 'OLD-' || n, CASE WHEN n % 2 = 0 THEN 'cuihu' ELSE 'binjiang' END, 'web', 'complaint', 'x', false,
                    'h' || n % 3000, 'PLACE ' || n % 3000, CAST(:start AS timestamptz) - n * interval '2 minutes',
                    CAST(:start AS timestamptz), 'facility.lift', 'x', 'normal', 'x', 'x', 'closed', 1, false
                FROM generate_series(1, 30000) AS n
                """
            ),
            {"start": DEFAULT_START},
        )
        connection.execute(text("VACUUM ANALYZE cases"))
    return database


def test_a_batch_of_a_hundred_is_compared_by_one_statement_over_its_indexes(
    many: Database, tell: Tell, rows: Rows
) -> None:
    # Given
    said: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "INSERT INTO repeats" in statement:
            said.append((statement, parameters))

    event.listen(many.engine, "before_cursor_execute", note)

    # When
    tell(*(complaint(f"N{n}", 0, household_id=f"h{n}", location=f"place {n}") for n in range(100)))

    # Then
    event.remove(many.engine, "before_cursor_execute", note)
    ((statement, parameters),) = said
    assert len(rows(table)) >= 700, "each has seven earlier ones of its household and place"
    with many.engine.connect() as connection, connection.connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        (found,) = cursor.fetchone()
        nodes = list(_nodes(found[0]["Plan"]))
        connection.rollback()
    on_cases = [node for node in nodes if node.get("Relation Name") == "cases"]
    assert {node["Node Type"] for node in on_cases} <= {"Index Scan", "Bitmap Heap Scan"}
    assert {node.get("Index Name") for node in nodes if "Index" in node["Node Type"]} <= {
        "cases_household",
        "cases_place",
    }
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in on_cases) < 10_000


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
