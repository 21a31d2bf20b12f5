"""W3C trace context: one trace from a request through its events to their effects.

The ``traceparent`` of the work in hand lives in a context variable: the HTTP edge and the worker set it, the
unit of work stamps it on every event it records (DESIGN §5).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?"
)

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """Return the traceparent of the work in hand, ``None`` outside of any."""
    return _current.get()


def trace_id(traceparent: str) -> str:
    """Return the 32 hexadecimal digits that all spans of a trace share."""
    return traceparent.split("-")[1]


def child_of(traceparent: str | None) -> str:
    """Return a new span of the given trace, of a new trace if there is none or it is malformed."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    trace, flags = match.groups() if match else (_random_id(128), "01")
    return f"00-{trace}-{_random_id(64)}-{flags}"


def _random_id(bits: int) -> str:
    """Not zero, which would be no id. Nobody must be unable to guess it, so the system need not be asked for randomness."""
    return f"{random.randrange(1, 1 << bits):0{bits // 4}x}"  # noqa: S311


@contextmanager
def trace(traceparent: str | None) -> Iterator[str]:
    """Do a piece of work as a child of ``traceparent``; yields the new span's traceparent."""
    span = child_of(traceparent)
    token = _current.set(span)
    try:
        yield span
    finally:
        _current.reset(token)
