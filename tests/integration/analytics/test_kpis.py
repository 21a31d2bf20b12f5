"""The KPIs by example: a table of cases for each definition of DESIGN §6, zones, and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from services.analytics.domain import By, Level, Window
from services.chassis.errors import Invalid, NotFound
from tests.integration.analytics.conftest import Kpis
from tests.integration.analytics.lives import NOON, Case, after, complaint, estate

Tell = Callable[..., None]


def test_nothing_received_is_no_row(tell: Tell, kpis: Kpis) -> None:
    tell(estate())

    assert kpis() == {}


def test_a_row_of_one_fresh_complaint_has_no_ratio_but_of_what_there_is(tell: Tell, kpis: Kpis) -> None:
    tell(estate(), *complaint("TS-1", 0))

    assert kpis() == {
        "E1": {
            "key": "E1",
            "name": "Estate E1",
            "received": 1,
            "valid": 1,
            "resolved": 0,
            "resolution_ratio": 0,
            "repeat_eligible": 0,
            "repeats": 0,
            "repeat_ratio": None,
            "response_seconds": {"median": None, "p90": None},
            "resolution_seconds": {"mean": None, "median": None, "p90": None, "max": None},
            "satisfaction_ratio": None,
            "overdue": 0,
        }
    }


def test_a_withdrawn_complaint_is_received_but_not_valid(tell: Tell, kpis: Kpis) -> None:
    case = Case("TS-1")
    tell(
        estate(),
        case.registered(household_id="h"),
        case.answered(),
        case.rated("satisfied"),
        case.withdrawn(),
    )

    row = kpis()["E1"]

    assert (row["received"], row["valid"], row["repeat_eligible"]) == (1, 0, 0)
    assert row["resolution_ratio"] is row["satisfaction_ratio"] is row["response_seconds"]["median"] is None


def test_what_is_told_of_an_unregistered_complaint_is_not_counted_yet(tell: Tell, kpis: Kpis) -> None:
    case = Case("TS-1")
    registered = case.registered()
    tell(estate(), case.classified("facility"), case.resolved())
    assert kpis() == {}

    tell(registered)

    assert kpis()["E1"]["resolved"] == 1


def test_quantiles_interpolate_linearly(tell: Tell, kpis: Kpis) -> None:
    # Given answers after 10, 20, 40 and 100 minutes
    tell(estate())
    for number, minutes in enumerate([10, 20, 40, 100]):
        case = Case(f"TS-{number}")
        tell(case.registered(), case.answered(after(minutes=minutes)), case.resolved(after(minutes=minutes)))

    row = kpis()["E1"]

    assert row["response_seconds"] == {"median": 30 * 60, "p90": pytest.approx(82 * 60)}
    assert row["resolution_seconds"] == {
        "mean": 42.5 * 60,
        "median": 30 * 60,
        "p90": pytest.approx(82 * 60),
        "max": 100 * 60,
    }


@pytest.mark.parametrize(
    ("steps", "resolved", "overdue"),
    [
        ([], 0, 1),
        (["resolved"], 1, 1),
        (["resolved", "closed"], 1, 0),
        (["closed"], 0, 0),
        (["resolved", "closed", "reopened"], 0, 1),
        (["resolved", "reopened", "resolved"], 1, 1),
        (["resolved", "reopened", "resolved", "closed"], 1, 0),
    ],
)
def test_resolved_until_reopened_and_overdue_until_closed(
    tell: Tell, kpis: Kpis, steps: list[str], resolved: int, overdue: int
) -> None:
    case = Case("TS-1")
    events = [case.registered(), case.breached("answer"), *(getattr(case, step)() for step in steps)]

    tell(estate(), *reversed(events))

    row = kpis()["E1"]
    assert (row["resolved"], row["overdue"]) == (resolved, overdue)


def test_a_solution_that_is_late_is_overdue_until_it_is_there_or_has_more_time(
    tell: Tell, kpis: Kpis
) -> None:
    late, done, moved, kept = (Case(f"TS-{n}") for n in range(1, 5))
    events = [each.registered() for each in (late, done, moved, kept)]
    events += [each.breached("solve") for each in (late, done)]
    events += [
        done.clock_changed("solve", "breached"),
        done.resolved(),
        moved.breached("solve"),
        moved.clock_changed("solve", "running"),
        kept.clock_changed("solve", "kept"),
        kept.resolved(),
    ]

    tell(estate(), *reversed(events))

    assert kpis()["E1"]["overdue"] == 1


@pytest.mark.parametrize(
    ("steps", "valid"),
    [
        (["found_valid"], 1),
        (["found_invalid", "closed"], 0),
        (["found_valid", "found_invalid"], 0),
        (["found_invalid", "closed", "reopened"], 1),
        (["found_invalid", "closed", "reopened", "found_invalid"], 0),
    ],
)
def test_what_was_verified_invalid_is_not_valid_unless_reopened(
    tell: Tell, kpis: Kpis, steps: list[str], valid: int
) -> None:
    """R48: an invalid complaint is received and counts for nothing else."""
    case = Case("TS-1")
    events = [case.registered(household_id="h1"), *(getattr(case, step)() for step in steps)]

    tell(estate(), *reversed(events))

    row = kpis()["E1"]
    assert (row["received"], row["valid"], row["repeat_eligible"]) == (1, valid, valid)


@pytest.mark.parametrize(
    ("clock", "stop", "overdue"),
    [
        ("dispatch", None, 1),
        ("dispatch", "assigned", 0),
        ("dispatch", "answered", 1),
        ("answer", None, 1),
        ("answer", "answered", 0),
        ("answer", "assigned", 1),
        ("record", None, 0),
    ],
)
def test_overdue_is_a_breached_clock_that_still_runs(
    tell: Tell, kpis: Kpis, clock: str, stop: str | None, overdue: int
) -> None:
    case = Case("TS-1")
    events = [case.registered(), case.breached(clock), *([getattr(case, stop)()] if stop else [])]

    tell(estate(), *events)

    assert kpis()["E1"]["overdue"] == overdue


@pytest.mark.parametrize(
    ("opinions", "ratio"),
    [
        (["satisfied"], 1.0),
        (["basically_satisfied"], 1.0),
        (["dissatisfied"], 0.0),
        (["unreached"], None),
        (["dissatisfied", "satisfied"], 1.0),
        (["satisfied", "dissatisfied", "unreached"], 0.0),
    ],
)
def test_satisfaction_is_the_latest_answer(
    tell: Tell, kpis: Kpis, opinions: list[str], ratio: float | None
) -> None:
    case = Case("TS-1")
    events = [case.called_back(what, after(hours=hour)) for hour, what in enumerate(opinions)]

    tell(estate(), case.registered(), *reversed(events))

    assert kpis()["E1"]["satisfaction_ratio"] == ratio


def test_a_day_begins_at_midnight_of_the_estates_own_zone(tell: Tell, kpis: Kpis) -> None:
    # Given a complaint at 16:00 UTC: midnight in Shanghai, the day before in New York
    instant = datetime(2026, 10, 31, 16, tzinfo=UTC)
    tell(
        estate("E1"),
        estate("E2", zone="America/New_York"),
        Case("TS-1", "E1").registered(instant),
        Case("TS-2", "E2").registered(instant),
    )

    # Then
    assert kpis(By.MONTH).keys() == {"2026-10", "2026-11"}
    assert kpis(window=Window(start=date(2026, 11, 1))).keys() == {"E1"}
    assert kpis(window=Window(end=date(2026, 11, 1))).keys() == {"E2"}


def test_the_window_takes_its_start_and_leaves_its_end(tell: Tell, kpis: Kpis) -> None:
    tell(estate(), Case("TS-1").registered(NOON))

    assert kpis(window=Window(start=NOON)).keys() == {"E1"}
    assert kpis(window=Window(end=NOON)) == {}
    assert kpis(window=Window(NOON, NOON)) == {}


def test_a_reversed_window_is_invalid(kpis: Kpis) -> None:
    with pytest.raises(Invalid):
        kpis(window=Window(date(2026, 11, 2), date(2026, 11, 1)))


def test_rows_by_region_category_and_channel(tell: Tell, kpis: Kpis) -> None:
    tell(
        estate("E1"),
        estate("E2", region=None),
        *complaint("TS-1", 0),
        *complaint("TS-2", 0, category=None, estate="E2", channel="phone"),
    )

    assert {key: row.get("name") for key, row in kpis(By.REGION).items()} == {
        "east": "Region east",
        None: None,
    }
    assert kpis(By.CATEGORY).keys() == {"facility", None}
    assert kpis(By.CHANNEL).keys() == {"web", "phone"}


def test_rows_by_severity_and_by_the_department_that_handles_it_now(tell: Tell, kpis: Kpis) -> None:
    case = Case("TS-1")
    tell(
        estate(),
        case.registered(),
        case.assigned(department="security"),
        case.assigned(department="engineering"),
        case.classified("facility", severity="minor"),
        case.classified("facility", severity="major"),
        *complaint("TS-2", 0),
    )

    assert kpis(By.DEPARTMENT).keys() == {"engineering", None}
    assert kpis(By.SEVERITY).keys() == {"major", None}


@pytest.mark.parametrize(
    ("category", "group"),
    [
        ("facility.lift", "facility"),
        ("Sanitation/Missed Trash/Recycling", "Sanitation"),
        ("Parks & Rec. Dept./Tree", "Parks & Rec. Dept."),
        ("other", "other"),
    ],
)
def test_a_category_is_told_apart_by_its_group_or_as_a_whole(
    tell: Tell, kpis: Kpis, category: str, group: str
) -> None:
    tell(estate(), *complaint("TS-1", 0, category=category))

    assert kpis(By.CATEGORY, level=Level.GROUP).keys() == {group}
    assert kpis(By.CATEGORY, level=Level.WHOLE).keys() == {category}


def test_an_estate_that_moves_takes_its_complaints_along(tell: Tell, kpis: Kpis) -> None:
    tell(estate(), *complaint("TS-1", 0))

    tell(estate(version=2, region="west"))

    assert kpis(By.REGION).keys() == {"west"}
    assert kpis(scope="g/west").keys() == {"E1"}


def test_a_caller_counts_his_own_subtree(tell: Tell, kpis: Kpis) -> None:
    tell(
        estate("E_1"),
        estate("EX1"),
        estate("E3", region="west"),
        *complaint("TS-1", 0, estate="E_1"),
        *complaint("TS-2", 0, estate="EX1"),
        *complaint("TS-3", 0, estate="E3"),
    )

    assert kpis(subtree="g").keys() == {"E_1", "EX1", "E3"}
    assert kpis(subtree="g/east").keys() == {"E_1", "EX1"}
    assert kpis(subtree="g/east/E_1").keys() == {"E_1"}
    assert kpis(subtree="g", scope="g/east/E_1").keys() == {"E_1"}
    assert kpis(subtree="g/eas") == {}


@pytest.mark.parametrize("scope", ["g/west", "g", "g/east/E9", "g/eas", "other"])
def test_a_foreign_scope_is_as_unknown_as_one_that_does_not_exist(tell: Tell, kpis: Kpis, scope: str) -> None:
    tell(estate("E1"), estate("E3", region="west"))

    with pytest.raises(NotFound) as refused:
        kpis(subtree="g/east", scope=scope)

    assert refused.value.code == "scope_unknown"
