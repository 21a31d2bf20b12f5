"""The KPIs in SQL say what a slow count in Python says, whatever happened and in whatever order it was told."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.analytics.domain import By, Level, Window
from services.analytics.handlers import HANDLERS
from services.chassis.database import Database
from services.chassis.testing.services import deliver
from tests.integration.analytics.conftest import Kpis
from tests.integration.analytics.lives import NOON, estate
from tests.integration.analytics.oracle import Story, month, rows

ZONES = {"E1": "Asia/Shanghai", "E2": "Asia/Urumqi", "E3": "America/New_York"}
REGIONS = {"E1": "east", "E2": "east", "E3": "west"}

#: Few values, close to the edges of the 30 days and of a month, so that they meet.
moments = st.builds(
    lambda days, seconds: NOON + timedelta(days=days, seconds=seconds),
    st.sampled_from([-40, -30, -20, 0, 10, 20]),
    st.sampled_from([-1, 0, 0, 1, 43_199, 43_200, 57_600]),
)
spans = st.integers(0, 500_000).map(lambda seconds: timedelta(seconds=seconds))
#: What routing tells of a case, in any order; most are found valid or not verified at all.
STEPS = ["resolved", "resolved", "reopened", "reopened", "closed", "found_invalid", "found_valid"]
opinions = st.tuples(
    st.sampled_from(["rated", "called_back"]),
    st.sampled_from(["satisfied", "basically_satisfied", "dissatisfied"]),
    moments,
) | st.tuples(st.just("called_back"), st.just("unreached"), moments)


@st.composite
def stories(draw: st.DrawFn, number: str) -> Story:
    received_at = draw(moments)
    steps = draw(st.lists(st.tuples(st.sampled_from(STEPS), spans), max_size=4))
    return Story(
        number=number,
        estate=draw(st.sampled_from(sorted(ZONES))),
        kind=draw(st.sampled_from(["complaint", "complaint", "inquiry"])),
        channel=draw(st.sampled_from(["web", "phone"])),
        received_at=received_at,
        household_id=draw(st.sampled_from([None, "h1", "h2"])),
        location=draw(st.sampled_from([None, " ", "3号楼 a座", " 3号楼  A座", "大堂"])),
        category=draw(st.sampled_from([None, "facility.lift", "facility.lift", "facility.pump"])),
        withdrawn=draw(st.sampled_from([False, False, False, True])),
        severity=draw(st.sampled_from([None, "minor", "major"])),
        departments=tuple(draw(st.lists(st.sampled_from(["engineering", "security"]), max_size=2))),
        answered_at=draw(st.none() | spans.map(lambda span: received_at + span)),
        breaches=draw(st.frozensets(st.sampled_from(["record", "dispatch", "answer"]))),
        steps=tuple((step, received_at + span) for step, span in steps),
        opinions=tuple(draw(st.lists(opinions, max_size=3))),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Story]:
    count = draw(st.integers(0, 14))
    return [draw(stories(f"TS-{number}")) for number in range(count)]


KEYS: dict[By, Callable[[Story], str | None]] = {
    By.ESTATE: lambda story: story.estate,
    By.REGION: lambda story: REGIONS[story.estate],
    By.CATEGORY: lambda story: story.category,
    By.CHANNEL: lambda story: story.channel,
    By.MONTH: lambda story: month(story, ZONES[story.estate]),
    By.SEVERITY: lambda story: story.severity if story.category else None,
    By.DEPARTMENT: lambda story: story.department,
}
START, END = date(2026, 10, 31), date(2026, 11, 30)


def in_the_window(story: Story) -> bool:
    zone = ZoneInfo(ZONES[story.estate])
    first, last = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (START, END))
    return first <= story.received_at < last


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=histories(),
    order=st.randoms(use_true_random=False),
    kinds=st.sampled_from([("complaint",), ("complaint", "inquiry")]),
)
def test_sql_and_oracle_agree(
    database: Database, kpis: Kpis, history: list[Story], order: random.Random, kinds: tuple[str, ...]
) -> None:
    # Given
    with database.begin() as work:
        work.connection.execute(text("TRUNCATE facts, estates, inbox"))
    events = [estate(code, zone=zone, region=REGIONS[code]) for code, zone in ZONES.items()]
    events += [event for story in history for event in story.events()]
    order.shuffle(events)

    # When
    deliver(database, HANDLERS, *events)

    # Then
    for by, key in KEYS.items():
        everything = rows(history, key=key, kinds=kinds, inside=lambda story: True)
        assert_same(kpis(by, kinds=kinds), everything)
        windowed = rows(history, key=key, kinds=kinds, inside=in_the_window)
        assert_same(kpis(by, window=Window(START, END), kinds=kinds), windowed)
    grouped = rows(history, key=lambda story: story.category_group, kinds=kinds, inside=lambda story: True)
    assert_same(kpis(By.CATEGORY, level=Level.GROUP, kinds=kinds), grouped)


def assert_same(answered: dict, counted: dict) -> None:
    assert answered.keys() == counted.keys()
    for key, expected in counted.items():
        for name, value in expected.items():
            assert answered[key][name] == pytest.approx(value, abs=1e-6), (key, name)
