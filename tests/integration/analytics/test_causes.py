"""What is not solved, what repeats, why, who solves in time, how channels and months compare, over HTTP (R183–R191, R195)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from services.analytics.messages import MESSAGES
from services.analytics.routes import figures
from services.chassis.database import Database
from services.chassis.http.app import HttpContext, create_app
from services.chassis.i18n import Translator
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.chassis.testing.auth import TestAuth
from tests.integration.analytics.lives import Case, after, complaint, estate

Tell = Callable[..., None]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(database: Database) -> Ask:
    """A function `(route, **query)` that gives the answer to a head of the region east, in English."""
    auth = TestAuth(database.clock)
    translator = Translator(CHASSIS_MESSAGES, MESSAGES)
    context = HttpContext(database.clock, PlatformMetrics(CollectorRegistry()), translator, auth.gate())
    client: FlaskClient = create_app(
        "analytics", [figures.blueprint(database, translator)], context=context
    ).test_client()

    def get(route: str, language: str = "en", **query: Any) -> dict[str, Any]:
        headers = {**auth.headers("head", "g/east"), "Accept-Language": language}
        answer = client.get(f"/api/analytics/{route}", query_string=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    return get


def tally(rows: list[dict[str, Any]]) -> dict[str | None, int]:
    return {row["key"]: row["complaints"] for row in rows}


def test_the_unsolved_are_told_by_how_far_they_are_what_is_late_and_why(tell: Tell, ask: Ask) -> None:
    """R183: causes of unsolved items."""
    # Given one of each standing, and three that are no longer or not here unsolved
    received, assigned, answered, reopened, closed, solved, gone = (Case(f"TS-{n}") for n in range(7))
    tell(
        estate(),
        estate("E9", region="west"),
        *(case.registered() for case in (received, assigned, answered, reopened, closed, solved, gone)),
        Case("TS-9", "E9").registered(),
        received.breached("dispatch"),
        assigned.assigned(),
        assigned.breached("answer"),
        answered.assigned(),
        answered.answered(),
        answered.classified("facility.lift"),
        reopened.resolved(cause="poor_repair"),
        reopened.reopened(),
        closed.breached("answer"),
        closed.closed(),
        solved.resolved(),
        gone.withdrawn(),
    )

    # When
    answer = ask("unsolved")

    # Then
    assert answer["unsolved"] == 5
    assert tally(answer["by_status"]) == dict.fromkeys(
        ["received", "assigned", "answered", "reopened", "closed"], 1
    )
    assert tally(answer["by_clock"]) == {None: 3, "answer": 1, "dispatch": 1}
    assert tally(answer["by_category"]) == {None: 4, "facility.lift": 1}
    assert tally(answer["by_cause"]) == {None: 4, "poor_repair": 1}
    assert answer["by_cause"][1]["name"] == "Poor repair"
    assert answer["definitions"].keys() == {
        "window", "unsolved", "by_status", "by_clock", "by_category", "by_cause",
    }  # fmt: skip


@pytest.mark.parametrize("counted", [True, False])
def test_repeats_are_told_by_category_and_by_their_causes(
    tell: Tell, count: Callable[[], None], ask: Ask, counted: bool
) -> None:
    """R191: root causes of repeats, whether they were counted into cells yet or not."""
    # Given a household that complains of its lift four times, and once of something else
    lift = [Case(f"TS-{number}") for number in range(4)]
    told = [estate()]
    for day, case in enumerate(lift):
        told += [case.registered(after(days=day), household_id="h"), case.classified("facility.lift")]
    tell(*told, *complaint("TS-8", 5, category="fees", household_id="h"))
    tell(lift[1].resolved(cause="late_repair"), lift[2].resolved(cause="design_fault"))
    if counted:
        count()

    # When the last but one is resolved for the same reason as the one before
    tell(lift[3].resolved(cause="late_repair"))
    answer = ask("repeats", language="zh")

    # Then
    assert answer["repeats"] == 3
    assert tally(answer["by_category"]) == {"facility.lift": 3}
    assert answer["by_cause"] == [
        {"key": "late_repair", "name": "维修不及时", "complaints": 2},
        {"key": "design_fault", "name": "设计缺陷", "complaints": 1},
    ]
    assert [(row["cause"], row["complaints"]) for row in answer["rows"]] == [
        ("late_repair", 2),
        ("design_fault", 1),
    ]


def test_who_solves_in_time_is_named_first(tell: Tell, ask: Ask) -> None:
    """R195: in time is what was resolved without a breach of the answer's or the solution's clock."""
    # Given
    told = [estate(), estate("E9", region="west")]

    def solve(number: str, assignee: str, *late: str, estate: str = "E1") -> None:
        case = Case(number, estate)
        told.extend([case.registered(), case.assigned(assignee="first", department="security")])
        told.extend([case.assigned(assignee=assignee, department="engineering")])
        told.extend(case.breached(clock) for clock in late)
        told.append(case.resolved(after(hours=2)))

    for number, clocks in enumerate([[], ["dispatch"], ["answer"]]):
        solve(f"TS-A{number}", "anna", *clocks)
    for number in range(2):
        solve(f"TS-B{number}", "bao")
        solve(f"TS-C{number}", "chen")
    solve("TS-D", "deng", "solve")
    solve("TS-X", "elsewhere", estate="E9")
    unsolved = Case("TS-E")
    tell(*told, unsolved.registered(), unsolved.assigned(assignee="deng"))

    # When
    persons = ask("ranking")["rows"]

    # Then
    assert [(row["place"], row["key"], row["on_time"], row["resolved"]) for row in persons] == [
        (1, "bao", 2, 2),
        (1, "chen", 2, 2),
        (3, "anna", 2, 3),
        (4, "deng", 0, 1),
    ]
    assert persons[0]["mean_resolution_seconds"] == 7200
    assert [row["key"] for row in ask("ranking", at_least=2, limit=2)["rows"]] == ["bao", "chen"]
    [department] = ask("ranking", by="department")["rows"]
    assert (department["key"], department["on_time"], department["resolved"]) == ("engineering", 6, 8)


def test_channels_are_compared_in_number_speed_effect_and_satisfaction(tell: Tell, ask: Ask) -> None:
    """R184, R185, R186: volume, speed and effect, satisfaction of each channel."""
    # Given
    phone, web, other = Case("TS-1"), Case("TS-2"), Case("TS-3")
    tell(
        estate(),
        phone.registered(channel="phone"),
        web.registered(),
        other.registered(),
        phone.answered(after(minutes=10)),
        web.answered(after(minutes=50)),
        web.resolved(after(hours=5)),
        phone.rated("dissatisfied"),
        web.rated("satisfied"),
    )

    rows = {row["key"]: row for row in ask("kpis", by="channel")["rows"]}

    assert {key: row["received"] for key, row in rows.items()} == {"phone": 1, "web": 2}
    assert {key: row["response_seconds"]["median"] for key, row in rows.items()} == {
        "phone": 600,
        "web": 3000,
    }
    assert {key: row["resolution_ratio"] for key, row in rows.items()} == {"phone": 0, "web": 0.5}
    assert {key: row["satisfaction_ratio"] for key, row in rows.items()} == {"phone": 0, "web": 1}


def test_the_time_to_a_solution_is_followed_from_month_to_month(
    tell: Tell, count: Callable[[], None], ask: Ask
) -> None:
    """R187, R188, R189: mean, longest and trend, for each type."""
    # Given
    tell(estate())
    for number, (days, hours, category) in enumerate(
        [(0, 10, "facility.lift"), (1, 20, "facility.lift"), (30, 4, "facility.lift"), (31, 9, "fees")]
    ):
        case = Case(f"TS-{number}")
        tell(
            case.registered(after(days=days)),
            case.classified(category),
            case.resolved(after(days=days, hours=hours)),
        )
    count()

    rows = ask("trend", by="category", level=1)["rows"]

    told = [(row["month"], row["key"], row["resolution_seconds"]) for row in rows]
    assert [(month, key, t["mean"] / 3600, t["max"] / 3600) for month, key, t in told] == [
        ("2026-11", "facility", 15, 20),
        ("2026-12", "facility", 4, 4),
        ("2026-12", "fees", 9, 9),
    ]


def test_a_complaint_is_of_who_owns_it_whoever_does_a_part(tell: Tell, ask: Ask) -> None:
    """R100: one case, one count."""
    case = Case("TS-0")
    tell(
        estate(),
        case.registered(),
        case.assigned(department="engineering"),
        case.assigned(after(hours=1), department="security", parent="w"),
    )

    rows = ask("kpis", by="department")["rows"]

    assert [(row["key"], row["received"]) for row in rows] == [("engineering", 1)]
