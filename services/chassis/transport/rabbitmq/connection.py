"""Connections to the broker on which nothing waits for ever, and how one is thrown away."""

from __future__ import annotations

import select
import ssl
from contextlib import AbstractContextManager, nullcontext

import structlog
from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import KombuError

from services.chassis.transport.rabbitmq.buffered import BufferedAmqp, BufferedTransport

#: Seconds for any one exchange with the broker: an answer to a method, the rest of a frame, room for what is written.
EXCHANGE_TIMEOUT = 5.0
#: Seconds between looks at the heartbeats.
BEAT = 1.0
#: Seconds within which a broker has taken a connection; another is tried then.
CONNECT_TIMEOUT = 5.0
#: How often a broker that is the only one is tried at once.
_TRIES = 3

#: What the client raises when the connection is no good any more.
BROKEN = (AMQPError, KombuError, OSError)

_log = structlog.get_logger(__name__)


def connect(url: str, heartbeat: int, timeout: float) -> Connection:
    """An open connection to the first broker of `url` that answers within `timeout`. Raises one of `BROKEN`."""
    brokers = url.count(";") + 1
    connection = Connection(
        url,
        heartbeat=heartbeat,
        connect_timeout=timeout,
        failover_strategy="round-robin",
        transport=BufferedAmqp,
    )
    # Each broker has its own time: one that is frozen takes connections and never answers, and must not use up all of it.
    connection.ensure_connection(
        max_retries=max(_TRIES, brokers) - 1, interval_start=0, interval_step=0.2, timeout=timeout * brokers
    )
    # Else a broker that stops reading or answering would hold a thread for ever (RELIABILITY P2, P17).
    connection.connection.sock.settimeout(EXCHANGE_TIMEOUT)
    return connection


def readable(connection: Connection) -> bool:
    """Whether something has arrived, also where the kernel does not see it: in our buffer, or inside the TLS layer."""
    transport = connection.connection.transport
    if isinstance(transport, BufferedTransport) and transport.pending:
        return True
    sock = connection.connection.sock
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def together(connection: Connection) -> AbstractContextManager[None]:
    """Send what is written meanwhile in few pieces, where the connection can."""
    transport = connection.connection.transport
    return transport.together() if isinstance(transport, BufferedTransport) else nullcontext()


def read_frame(connection: Connection, timeout: float = EXCHANGE_TIMEOUT) -> None:
    """Read one frame and do what it says; raises `TimeoutError` when it is not whole within `timeout` seconds.

    Not `drain_events`: that reads on behind a heartbeat until something else comes.
    """
    connection.connection.blocking_read(timeout)


def discard(connection: Connection) -> None:
    """Throw a connection away at once: a clean close would wait for a broker that may never answer."""
    try:
        connection.collect(socket_timeout=0.5)
    except Exception as error:
        _log.debug("connection_discarded", error=type(error).__name__)
