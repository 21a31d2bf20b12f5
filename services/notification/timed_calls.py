"""Calls that may hang: each on a thread of its own, given up after a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

from services.chassis.errors import Unavailable

T = TypeVar("T")


class TimedCalls:
    """Waits for a call at most `seconds`.

    A thread cannot be stopped, so a call that was given up may go on; with `most_hanging` of them no more are to be made
    (`free` is false) until some have ended, lest a dead provider fill the process with threads (RELIABILITY F19).
    """

    def __init__(self, seconds: float, most_hanging: int) -> None:
        self._seconds = seconds
        self._most_hanging = most_hanging
        self._running: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def free(self) -> bool:
        """Whether another call may be made."""
        with self._lock:
            self._running = {thread for thread in self._running if thread.is_alive()}
            return len(self._running) < self._most_hanging

    def call(self, function: Callable[[], T]) -> T:
        """The answer of `function`, or its exception. Raises `Unavailable` when it does not answer in time."""
        answer: Future[T] = Future()
        thread = threading.Thread(target=_run, args=(function, answer), name="provider-call", daemon=True)
        thread.start()
        try:
            return answer.result(self._seconds)
        except FutureTimeout as error:
            # From Python 3.11 this is the built-in TimeoutError, which the function itself may have raised.
            if answer.done():
                raise
            with self._lock:
                self._running.add(thread)
            raise Unavailable("provider_timed_out") from error


def _run(function: Callable[[], Any], answer: Future[Any]) -> None:
    try:
        answer.set_result(function())
    except BaseException as error:
        answer.set_exception(error)
