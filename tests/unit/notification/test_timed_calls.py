"""Calls that may hang."""

from __future__ import annotations

import threading

import pytest

from services.chassis.errors import Unavailable
from services.chassis.testing import eventually
from services.notification.timed_calls import TimedCalls


def test_the_answer_comes_back() -> None:
    assert TimedCalls(seconds=5, most_hanging=1).call(lambda: 42) == 42


def test_an_exception_comes_back_too() -> None:
    def fail() -> None:
        raise TimeoutError("of the provider itself")

    with pytest.raises(TimeoutError, match="of the provider itself"):
        TimedCalls(seconds=5, most_hanging=1).call(fail)


def test_a_call_that_hangs_is_given_up_and_counted_until_it_ends() -> None:
    calls = TimedCalls(seconds=0.02, most_hanging=1)
    release = threading.Event()

    with pytest.raises(Unavailable):
        calls.call(release.wait)

    assert not calls.free()
    release.set()
    assert eventually(calls.free)
