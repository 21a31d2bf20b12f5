"""More requests than can be served: the surplus is refused at once and does not wait (RELIABILITY H3).

A request waits for a serving thread. Where too many wait already, it goes to a thread that does nothing but refuse, so that
those that were let in never wait behind the surplus, and probes are answered however many there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from flask import Flask, request

from services.chassis.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

#: Requests that may wait for a thread; the longest wait is so many requests' time, divided by the threads.
MOST_WAITING = 32
#: Seconds after which who was refused may try again.
RETRY_AFTER = 2
#: More would take from those that serve.
_REFUSING_THREADS = 1
#: Endpoints of the blueprint of probes and metrics.
_OPERATIONS = "operations"


class _Lane(threading.local):
    surplus = False


_lane = _Lane()


class Lanes(ThreadPoolExecutor):
    """`threads` that serve, before which `most_waiting` calls may wait; what is more is called on a thread of its own."""

    def __init__(self, threads: int, most_waiting: int) -> None:
        super().__init__(threads, thread_name_prefix="serving")
        self._room = threading.Semaphore(threads + most_waiting)
        self._surplus = ThreadPoolExecutor(_REFUSING_THREADS, "refusing", _mark_surplus)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call it as soon as its turn has come; without room as surplus."""
        if not self._room.acquire(blocking=False):
            return self._surplus.submit(fn, *args, **kwargs)
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(lambda _: self._room.release())
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all threads when they have nothing left to do."""
        self._surplus.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)


def refuse_surplus(app: Flask) -> None:
    """Answer 503 with `Retry-After` to what is surplus, except to probes, before anything of it is read."""

    def check() -> None:
        if _lane.surplus and request.blueprint != _OPERATIONS:
            raise Unavailable("overloaded", RETRY_AFTER, seconds=RETRY_AFTER)

    app.before_request(check)


def _mark_surplus() -> None:
    _lane.surplus = True
