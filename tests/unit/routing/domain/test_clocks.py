"""The verdict on a clock, for every start, target, stop and look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.vocabulary import ClockName as ContractClockName
from services.contracts.vocabulary import values
from services.routing.domain.clocks import ClockName, Targets, Verdict, verdict

START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
spans = st.timedeltas(timedelta(seconds=-60), timedelta(days=3))
targets = st.timedeltas(timedelta(seconds=1), timedelta(days=2))


@pytest.mark.parametrize(
    ("stopped_after", "looked_after", "expected"),
    [
        (None, 0, Verdict.RUNNING),
        (None, 600, Verdict.RUNNING),
        (None, 601, Verdict.BREACHED),
        (600, 10_000, Verdict.KEPT),
        (601, 10_000, Verdict.BREACHED),
        (601, 600, Verdict.RUNNING),
        (-5, 0, Verdict.KEPT),
    ],
)
def test_the_target_itself_is_in_time(
    stopped_after: int | None, looked_after: int, expected: Verdict
) -> None:
    stopped = None if stopped_after is None else START + timedelta(seconds=stopped_after)

    assert verdict(START, timedelta(minutes=10), stopped, START + timedelta(seconds=looked_after)) is expected


@given(spans, targets, spans, spans)
def test_once_stopped_and_looked_at_the_verdict_never_changes(
    stop: timedelta, target: timedelta, look: timedelta, later: timedelta
) -> None:
    stopped_at = START + stop
    first = verdict(START, target, stopped_at, max(START + look, stopped_at))

    assert first is not Verdict.RUNNING
    assert verdict(START, target, stopped_at, max(START + look, stopped_at) + abs(later)) is first


@given(targets, spans, spans)
def test_a_running_clock_is_breached_once_and_for_good(
    target: timedelta, look: timedelta, later: timedelta
) -> None:
    now = START + look

    if verdict(START, target, None, now) is Verdict.BREACHED:
        assert verdict(START, target, None, now + abs(later)) is Verdict.BREACHED
        assert verdict(START, target, now, now) is Verdict.BREACHED


def test_letters_have_a_day_to_be_recorded() -> None:
    targets_of_rules = Targets()

    assert targets_of_rules.for_record("phone") == timedelta(minutes=3)
    assert targets_of_rules.for_record("letter") == timedelta(hours=24)
    assert targets_of_rules.for_record("suggestion_box") == timedelta(hours=24)


def test_the_names_are_those_of_the_contract() -> None:
    assert [name.value for name in ClockName] == values(ContractClockName)
