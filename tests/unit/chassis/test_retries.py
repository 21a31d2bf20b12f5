"""How long a failed message waits, and when it is given up (DESIGN §2.5)."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import Decision
from services.chassis.retries import MISSING_PATIENCE, next_pause

#: A handler that hangs is ended after this long (DESIGN §2.7).
LONGEST_ATTEMPT = timedelta(seconds=4)


def attempts_of(decision: Decision, each: timedelta) -> tuple[int, timedelta, list[timedelta]]:
    """How many attempts a message gets that always fails after `each`, how long that takes, and the pauses between."""
    attempts, waited, pauses = 1, each, []
    while (pause := next_pause(decision, attempts, waited)) is not None:
        attempts, waited = attempts + 1, waited + pause + each
        pauses.append(pause)
    return attempts, waited, pauses


@given(st.timedeltas(min_value=timedelta(), max_value=LONGEST_ATTEMPT))
def test_a_bug_gets_five_attempts_within_two_minutes(each: timedelta) -> None:
    attempts, waited, _ = attempts_of(Decision.RETRY_BUG, each)
    assert attempts == 5
    assert waited <= timedelta(minutes=2)


@given(st.timedeltas(min_value=timedelta(), max_value=LONGEST_ATTEMPT))
def test_what_misses_something_waits_a_day(each: timedelta) -> None:
    _, waited, _ = attempts_of(Decision.RETRY_MISSING, each)
    assert MISSING_PATIENCE <= waited <= MISSING_PATIENCE + timedelta(minutes=15)


def test_its_pauses_double_from_a_second_to_ten_minutes() -> None:
    _, _, pauses = attempts_of(Decision.RETRY_MISSING, timedelta())
    seconds = [pause.total_seconds() for pause in pauses]
    assert seconds[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert set(seconds[10:]) == {600}


@given(
    decision=st.sampled_from([Decision.RETRY_BUG, Decision.RETRY_MISSING]),
    attempts=st.integers(min_value=1, max_value=10**9),
    waiting=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)),
)
def test_a_pause_is_positive_and_never_longer_than_ten_minutes(
    decision: Decision, attempts: int, waiting: timedelta
) -> None:
    pause = next_pause(decision, attempts, waiting)
    assert pause is None or timedelta() < pause <= timedelta(minutes=10)
