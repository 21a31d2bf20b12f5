"""The transport of the embedded shape: queues as rows of one table, in a database of its own.

It gives what a broker gives, no more: a message is safe when `publish` returns, belongs to one consumer at a time, and comes
back marked as redelivered when that consumer's session ends. Services reach each other through this database only, so that
none reads another's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

import psycopg
from psycopg.rows import TupleRow

from services.chassis.errors import Unavailable
from services.chassis.transport import EVENTS, REPLAY, Consumer, Delivery, Message, Publisher, queue_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS queue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text NOT NULL,
    exchange text NOT NULL,
    body bytea NOT NULL,
    deliveries integer NOT NULL DEFAULT 0,
    holder integer,
    holder_since timestamptz
);
CREATE INDEX IF NOT EXISTS queue_order ON queue (queue, id);
"""

_CHANNEL = "linli_queue"
_PUBLISH = "INSERT INTO queue (queue, exchange, body) VALUES (%s, %s, %s)"
# A holder that is gone, killed or not, no longer appears among the sessions: its messages are free at once.
_TAKE = """
WITH me AS (
    SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
), free AS (
    SELECT q.id FROM queue q
    WHERE q.queue = %(queue)s
      AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.pid = q.holder AND a.backend_start = q.holder_since)
    ORDER BY q.id
    LIMIT %(limit)s
    FOR UPDATE OF q SKIP LOCKED
), taken AS (
    UPDATE queue q SET deliveries = q.deliveries + 1, holder = me.pid, holder_since = me.backend_start
    FROM free, me WHERE q.id = free.id
    RETURNING q.id, q.body, q.deliveries, q.exchange
)
SELECT id, body, deliveries, exchange FROM taken ORDER BY id
"""
_ACKNOWLEDGE = "DELETE FROM queue WHERE id = ANY(%s)"
_WAITING = "SELECT count(*) FROM queue WHERE queue = %s AND holder IS NULL"

#: Pause before another attempt to reach the database, in seconds.
_RECONNECT_PAUSE = 0.5

Connect = Callable[[], psycopg.Connection[TupleRow]]


class PostgresTransport:
    """Queues in the database at `conninfo`. `bindings` says for each event name which services consume it."""

    dead_queues = False

    def __init__(self, conninfo: str, bindings: Mapping[str, Sequence[str]]) -> None:
        self._conninfo = conninfo
        self._bindings = bindings

    def create(self) -> None:
        """Create the table where it is missing."""
        with self._connect() as connection:
            connection.execute(SCHEMA)

    def publisher(self) -> Publisher:
        """A publisher for one thread."""
        return PostgresPublisher(self._connect, self._queues_for)

    def consumer(self, queue: str, prefetch: int) -> Consumer:
        """A consumer of `queue`; `prefetch` bounds one `receive`."""
        return PostgresConsumer(self._connect, queue, prefetch)

    def _connect(self) -> psycopg.Connection[TupleRow]:
        return psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5)

    def _queues_for(self, message: Message) -> list[str]:
        if message.exchange == REPLAY:
            return [queue_of(message.routing_key)]
        if message.exchange == EVENTS:
            return [queue_of(service) for service in self._bindings.get(message.routing_key, ())]
        return []


class PostgresPublisher:
    """Stores messages in the queues bound to their keys; all of one call in one transaction."""

    def __init__(self, connect: Connect, queues_for: Callable[[Message], list[str]]) -> None:
        self._connect = connect
        self._queues_for = queues_for
        self._connection: psycopg.Connection[TupleRow] | None = None

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """See `transport.Publisher`."""
        targets = [self._queues_for(message) for message in messages]
        rows = [
            (queue, message.exchange, message.body)
            for message, queues in zip(messages, targets, strict=True)
            for queue in queues
        ]
        try:
            self._connection = self._connection or self._connect()
            with self._connection.transaction(), self._connection.cursor() as cursor:
                cursor.executemany(_PUBLISH, rows)
            # After the commit: inside it NOTIFY would make every publisher wait for the one before (RELIABILITY rule 8).
            self._connection.execute(f"NOTIFY {_CHANNEL}")
        except psycopg.Error as error:
            self.close()
            raise Unavailable("broker_unavailable") from error
        return [bool(queues) for queues in targets]

    def waiting(self, queue: str) -> int:
        """See `transport.Publisher`."""
        try:
            self._connection = self._connection or self._connect()
            row = self._connection.execute(_WAITING, (queue,)).fetchone()
        except psycopg.Error as error:
            self.close()
            raise Unavailable("broker_unavailable") from error
        return int(row[0]) if row else 0

    def keep_alive(self) -> None:
        """See `transport.Publisher`; a database session needs nothing."""

    def close(self) -> None:
        """See `transport.Publisher`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresConsumer:
    """Takes messages by marking them with its own session, which ends with the process."""

    def __init__(self, connect: Connect, queue: str, prefetch: int) -> None:
        self._connect = connect
        self._queue = queue
        self._prefetch = prefetch
        self._connection: psycopg.Connection[TupleRow] | None = None
        self._closed = threading.Event()
        self._cancelled = threading.Event()

    def receive(self, limit: int, wait: float, gather: float = 0.0) -> list[Delivery]:
        """See `transport.Consumer`. What was published together is there together: nothing is to be gathered."""
        if self._cancelled.is_set():
            return []
        deadline = time.monotonic() + wait
        try:
            connection = self._opened()
            deliveries = self._take(connection, limit)
            while not deliveries and not self._closed.is_set() and (left := deadline - time.monotonic()) > 0:
                for _ in connection.notifies(timeout=min(left, 0.2), stop_after=1):
                    pass
                deliveries = self._take(connection, limit)
            return deliveries
        except psycopg.Error:
            self._drop()
            self._closed.wait(min(wait, _RECONNECT_PAUSE))
            return []

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See `transport.Consumer`."""
        if self._connection is None:
            return
        try:
            self._connection.execute(_ACKNOWLEDGE, ([delivery.receipt for delivery in deliveries],))
        except psycopg.Error:
            self._drop()

    def cancel(self) -> None:
        """See `transport.Consumer`; everything that was taken has been handed out."""
        self._cancelled.set()

    def starved(self) -> bool:
        """See `transport.Consumer`; it takes for itself what it finds."""
        return False

    def consumers(self) -> int | None:
        """See `transport.Consumer`: all of them are in this one process, which has one for each queue."""
        return None if self._connection is None else 1

    def close(self) -> None:
        """See `transport.Consumer`."""
        self._closed.set()
        self._drop()

    def _opened(self) -> psycopg.Connection[TupleRow]:
        if self._connection is None:
            self._connection = self._connect()
            self._connection.execute(f"LISTEN {_CHANNEL}")
            # So that `linli queues` sees who consumes what.
            self._connection.execute("SELECT set_config('application_name', %s, false)", (self._queue,))
        return self._connection

    def _take(self, connection: psycopg.Connection[TupleRow], limit: int) -> list[Delivery]:
        rows = connection.execute(
            _TAKE, {"queue": self._queue, "limit": min(limit, self._prefetch)}
        ).fetchall()
        return [
            Delivery(bytes(body), redelivered=deliveries > 1, replay=exchange == REPLAY, receipt=id_)
            for id_, body, deliveries, exchange in rows
        ]

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
