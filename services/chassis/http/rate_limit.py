"""A limit of requests a minute, counted in PostgreSQL so that it holds over all processes (DESIGN §6)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert

from services.chassis.http.errors import TooManyRequests
from services.chassis.http.tables import rate_counters

WINDOW = timedelta(minutes=1)


def allow(connection: Connection, keys: Iterable[str], *, limit: int, now: datetime) -> None:
    """Count one request for each key (``"address:…"``, ``"number:…"``) in the running minute.

    Raises ``TooManyRequests`` if any key is over ``limit``. Give it a short transaction of its own: the rows
    stay locked until it ends.
    """
    start = now.replace(second=0, microsecond=0)
    # Rows are locked in the order of the keys, so two requests with the same keys cannot deadlock.
    rows = [{"key": key, "window_start": start, "count": 1} for key in sorted({_digest(key) for key in keys})]
    counted = insert(rate_counters).values(rows)
    counts = connection.scalars(
        counted.on_conflict_do_update(
            index_elements=[rate_counters.c.key, rate_counters.c.window_start],
            set_={"count": rate_counters.c.count + 1},
        ).returning(rate_counters.c.count)
    ).all()
    if max(counts, default=0) > limit:
        raise TooManyRequests(max(1, math.ceil((start + WINDOW - now).total_seconds())))


def purge(connection: Connection, now: datetime) -> int:
    """Forget the counters of past minutes; returns how many."""
    return connection.execute(
        delete(rate_counters).where(rate_counters.c.window_start < now - WINDOW)
    ).rowcount


def _digest(key: str) -> str:
    # An address is a trace of a person: the table holds only what tells keys apart.
    return hashlib.sha256(key.encode()).hexdigest()[:32]
