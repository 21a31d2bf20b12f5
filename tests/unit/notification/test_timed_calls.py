"""Calls that may hang."""

from __future__ import annotations

import threading

import pytest

from services.chassis.errors import Unavailable
from services.chassis.testing import eventually
from services.notification.timed_calls import TimedCalls


def never(answer: object) -> None:
    raise AssertionError(answer)


def test_the_answer_comes_back() -> None:
    assert TimedCalls(seconds=5, most_hanging=1).call("key", lambda: 42, never) == 42


def test_an_exception_comes_back_too() -> None:
    def fail() -> None:
        raise TimeoutError("of the provider itself")

    with pytest.raises(TimeoutError, match="of the provider itself"):
        TimedCalls(seconds=5, most_hanging=1).call("key", fail, never)


def test_a_call_that_hangs_is_given_up_and_counted_until_it_ends() -> None:
    calls = TimedCalls(seconds=0.02, most_hanging=1)
    release = threading.Event()

    with pytest.raises(Unavailable):
        calls.call("key", release.wait, lambda answer: None)

    assert not calls.free()
    assert calls.under_way("key")
    assert not calls.under_way("another")
    release.set()
    assert eventually(calls.free)
    assert not calls.under_way("key")


def test_an_answer_that_comes_late_is_told() -> None:
    calls = TimedCalls(seconds=0.02, most_hanging=1)
    release, told = threading.Event(), list[bool]()

    with pytest.raises(Unavailable):
        calls.call("key", release.wait, told.append)

    assert told == []
    release.set()
    assert eventually(lambda: told == [True])


def test_of_a_call_that_fails_late_nothing_is_told() -> None:
    calls = TimedCalls(seconds=0.02, most_hanging=1)
    release = threading.Event()

    def fail() -> None:
        release.wait()
        raise ConnectionResetError

    with pytest.raises(Unavailable):
        calls.call("key", fail, never)

    release.set()
    assert eventually(calls.free)
