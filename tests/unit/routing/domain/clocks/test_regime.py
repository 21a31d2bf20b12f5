"""The shipped policy put together: targets by rule, levels in working time, versions that tell changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.routing.domain.calendars.calendar import PublicHolidays
from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.matters import Matter
from services.routing.domain.clocks.record import Record
from services.routing.domain.clocks.regime import Regime, next_level
from services.routing.domain.policy.escalation import Level
from services.routing.domain.policy.policy import Policy
from services.routing.policy.files import shipped
from services.routing.policy.registry import document_schema
from services.routing.public_holidays import public_holidays

ORDINARY = Matter("facility.lift", "normal", "minor", "phone")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped one."""
    loaded: Policy = document_schema().load(shipped())
    return loaded


def regime(
    policy: Policy,
    zone: ZoneInfo = SHANGHAI,
    holidays: Callable[[str], PublicHolidays] = public_holidays,
) -> Regime:
    return Regime(policy.clocks, policy.calendars, policy.escalation, policy.after_hours, zone, holidays)


@pytest.mark.parametrize(
    ("clock", "changed", "minutes", "calendar"),
    [
        ("record", {}, 3, "around_the_clock"),  # R37
        ("record", {"channel": "letter"}, 24 * 60, "around_the_clock"),  # R38
        ("record", {"channel": "suggestion_box"}, 24 * 60, "around_the_clock"),  # R38
        ("dispatch", {}, 10, "around_the_clock"),  # R85
        ("answer", {}, 24 * 60, "around_the_clock"),  # R105
        ("arrive", {}, None, None),  # R106
        ("arrive", {"urgency": "urgent"}, 15, "around_the_clock"),  # R106: at once
        ("follow_up", {}, 24 * 60, "around_the_clock"),  # R119
        ("solve", {}, 24 * 60, "office"),
        ("solve", {"urgency": "urgent"}, 24 * 60, "around_the_clock"),
        ("solve", {"severity": "major"}, 120 * 60, "office"),
        ("solve", {"severity": "major", "urgency": "urgent"}, 24 * 60, "around_the_clock"),
        ("return_visit", {}, 24 * 60, "office"),  # R133
    ],
)
def test_the_targets_of_the_rules(
    policy: Policy, clock: str, changed: dict[str, str], minutes: int | None, calendar: str | None
) -> None:
    limit = regime(policy).limit(ClockName(clock), replace(ORDINARY, **changed))

    if minutes is None:
        assert limit is None
    else:
        assert limit is not None
        assert limit.target == timedelta(minutes=minutes)
        assert limit.timetable.calendar.name == calendar


def test_a_version_changes_with_zone_holidays_and_policy_and_with_nothing_else(policy: Policy) -> None:
    before = regime(policy)
    assert regime(policy).version == before.version

    def announced(country: str) -> PublicHolidays:
        known = public_holidays(country)
        return PublicHolidays(known.days_off | {date(2027, 6, 18)}, known.make_up_days)

    for changed in (
        regime(policy, zone=ZoneInfo("Asia/Urumqi")),
        regime(policy, holidays=announced),
        regime(replace(policy, clocks=replace(policy.clocks, arrive=policy.clocks.answer))),
        regime(replace(policy, escalation=replace(policy.escalation, answer=policy.escalation.solve))),
    ):
        assert changed.version != before.version
    assert regime(replace(policy, grading=replace(policy.grading, loss=1))).version == before.version


def test_levels_come_in_working_time_before_and_after_the_due_time(policy: Policy) -> None:
    # Given one working day from Monday 10:00 on, so due on Tuesday at 10:00
    office = regime(policy).timetables["office"]
    start = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
    record = Record(ClockName.SOLVE, start, timedelta(hours=8))
    plan = tuple(Level(timedelta(hours=hours), ("head",), "tell") for hours in (-9, -8, -7, 0, 1, 8))

    # When they are asked for one after the other
    found, done = [], 0
    while (level := next_level(plan, done, record, office)) is not None:
        done, at = level
        found.append((done, at.astimezone(SHANGHAI).strftime("%a %H:%M")))

    # Then those that would come before or at the start are left out
    assert found == [(3, "Mon 11:00"), (4, "Tue 10:00"), (5, "Tue 11:00"), (6, "Wed 10:00")]


def test_the_computation_of_a_due_time_takes_microseconds(policy: Policy) -> None:
    """A batch of registrations asks for some due times a case; days are cached, so this is far from a statement's time."""
    from time import perf_counter

    limit = regime(policy).limit(ClockName.SOLVE, ORDINARY)
    assert limit is not None
    start = datetime(2026, 11, 20, 8, tzinfo=UTC)
    limit.timetable.after(start, limit.target)

    began = perf_counter()
    for n in range(1000):
        limit.timetable.after(start + timedelta(seconds=n), limit.target)
    assert (perf_counter() - began) / 1000 < 200e-6
