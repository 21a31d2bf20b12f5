from __future__ import annotations

import pytest

from services.chassis.testing import eventually


def test_it_returns_the_first_truthy_value() -> None:
    answers = iter([None, 0, "", "here", "too late"])

    assert eventually(lambda: next(answers), interval=0) == "here"


def test_a_failed_assertion_means_not_yet() -> None:
    answers = iter([1, 2, 3])

    def check() -> bool:
        assert next(answers) == 3
        return True

    assert eventually(check, interval=0)


def test_in_the_end_the_last_failure_is_raised() -> None:
    def check() -> bool:
        raise AssertionError("the queue holds 7")

    with pytest.raises(AssertionError, match="the queue holds 7"):
        eventually(check, timeout=0.01, interval=0)
    with pytest.raises(AssertionError, match="the last value was 0"):
        eventually(lambda: 0, timeout=0.01, interval=0)


def test_any_other_error_is_raised_at_once() -> None:
    with pytest.raises(ZeroDivisionError):
        eventually(lambda: 1 / 0)
