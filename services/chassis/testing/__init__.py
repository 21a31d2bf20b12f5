"""The test kit of the chassis: for tests of every service, never imported by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(check: Callable[[], T], timeout: float = 10.0, interval: float = 0.02) -> T:
    """Call `check` until it returns something truthy, and return that.

    An AssertionError counts as "not yet". After `timeout` seconds the last one is raised again, or a new one
    that tells the last value.
    """
    deadline = time.monotonic() + timeout
    while True:
        failure: AssertionError | None = None
        try:
            value = check()
            if value:
                return value
            failure = AssertionError(f"not within {timeout} s; the last value was {value!r}")
        except AssertionError as not_yet:
            failure = not_yet
        if time.monotonic() >= deadline:
            raise failure
        time.sleep(interval)
