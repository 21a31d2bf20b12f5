"""What waits in the queues and who takes it, asked of the broker or of the queue table (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import psycopg

from services.chassis.topology import Management

_COUNT = """
SELECT count(*) FILTER (WHERE a.pid IS NULL), count(*) FILTER (WHERE a.pid IS NOT NULL)
FROM queue q
LEFT JOIN pg_stat_activity a ON a.pid = q.holder AND a.backend_start = q.holder_since
WHERE q.queue = %s
"""
# A consumer's session is called like its queue.
_CONSUMERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
)


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: messages nobody has yet, messages that are being handled, and how many consumers it has."""

    name: str
    ready: int
    unacknowledged: int
    consumers: int


def rabbit_queues(management: Management, vhost: str, names: Sequence[str]) -> list[Queue]:
    """Those of these queues that the virtual host has, as its management interface counts them, some seconds late.

    Raises `Unavailable`.
    """
    rows = {row["name"]: row for row in management.get(f"/api/queues/{quote(vhost, safe='')}")}
    # What was declared a moment ago has not been counted yet.
    return [
        Queue(
            name,
            rows[name].get("messages_ready", 0),
            rows[name].get("messages_unacknowledged", 0),
            rows[name].get("consumers", 0),
        )
        for name in names
        if name in rows
    ]


def table_queues(conninfo: str, names: Sequence[str]) -> list[Queue]:
    """The same of the queue table of the embedded shape. Raises `psycopg.OperationalError`."""
    with psycopg.connect(conninfo, autocommit=True, connect_timeout=5) as connection:
        counted = [(name, connection.execute(_COUNT, (name,)).fetchone()) for name in names]
        consuming = [connection.execute(_CONSUMERS, (name,)).fetchone() for name in names]
    return [
        Queue(name, *(counts or (0, 0)), *(consumers or (0,)))
        for (name, counts), consumers in zip(counted, consuming, strict=True)
    ]
