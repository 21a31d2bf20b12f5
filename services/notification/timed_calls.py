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
        self._hanging: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    def free(self) -> bool:
        """Whether another call may be made."""
        return len(self._under_way()) < self._most_hanging

    def under_way(self, key: str) -> bool:
        """Whether a call of this key was given up and goes on: another would ask the same of whoever is slow (F19)."""
        return key in self._under_way()

    def call(self, key: str, function: Callable[[], T], late: Callable[[T], None]) -> T:
        """The answer of `function`, or its exception. Raises `Unavailable` when it does not answer in time.

        Should it answer after that, `late` is told, on the thread of the call.
        """
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
                self._hanging[key] = thread
            answer.add_done_callback(lambda done: None if done.exception() else late(done.result()))
            raise Unavailable("provider_timed_out") from error

    def _under_way(self) -> dict[str, threading.Thread]:
        with self._lock:
            self._hanging = {key: thread for key, thread in self._hanging.items() if thread.is_alive()}
            return self._hanging


def _run(function: Callable[[], Any], answer: Future[Any]) -> None:
    try:
        answer.set_result(function())
    except BaseException as error:
        answer.set_exception(error)
