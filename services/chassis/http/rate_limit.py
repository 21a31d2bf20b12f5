"""A limit of requests a minute, counted in PostgreSQL so that it holds over all processes (DESIGN §6)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete

from services.chassis.http.errors import TooManyRequests
from services.chassis.http.tables import rate_counters
from services.chassis.sql import direct

WINDOW = timedelta(minutes=1)

# Rows are locked in the order of the keys, so two requests with the same keys cannot deadlock.
_COUNT: Final = """
    INSERT INTO rate_counters (key, window_start, count)
    SELECT key, %(start)s, 1 FROM unnest(CAST(%(keys)s AS text[])) AS keys(key) ORDER BY key
    ON CONFLICT (key, window_start) DO UPDATE SET count = rate_counters.count + 1
    RETURNING count
    """


def allow(connection: Connection, keys: Iterable[str], *, limit: int, now: datetime) -> None:
    """Count one request for each key (``"address:…"``, ``"number:…"``) in the running minute.

    Raises ``TooManyRequests`` if any key is over ``limit``. Give it a short transaction of its own: the rows
    stay locked until it ends.
    """
    start = now.replace(second=0, microsecond=0)
    counts = direct(connection, _COUNT, {"keys": [_digest(key) for key in set(keys)], "start": start})
    if max((count for [count] in counts), default=0) > limit:
        raise TooManyRequests(max(1, math.ceil((start + WINDOW - now).total_seconds())))


def purge(connection: Connection, now: datetime) -> int:
    """Forget the counters of past minutes; returns how many."""
    return connection.execute(
        delete(rate_counters).where(rate_counters.c.window_start < now - WINDOW)
    ).rowcount


def _digest(key: str) -> str:
    # An address is a trace of a person: the table holds only what tells keys apart.
    return hashlib.sha256(key.encode()).hexdigest()[:32]
