"""RabbitMQ through kombu: confirmed publishing in batches, and consuming with a thread of its own for the broker.

The rules and the measured traps behind this file are in RELIABILITY: a channel is never used again after a doubt (M3), the
thread that talks to the broker never runs handlers (M7), nothing is declared here (rule 10), and no body is touched before
somebody has kept it (M8).
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import KombuError

from services.chassis.envelope import CONTENT_TYPE
from services.chassis.errors import Unavailable
from services.chassis.transport import REPLAY, Consumer, Delivery, Message, Publisher

#: Seconds between heartbeats; a handler may take 10 s, and it does not run on the thread that answers them.
HEARTBEAT = 20
#: Seconds to wait for all confirms of one batch (RELIABILITY P2).
CONFIRM_TIMEOUT = 5.0
_CONNECT_TIMEOUT = 5
_PERSISTENT = 2
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

_log = structlog.get_logger(__name__)
_BROKEN = (AMQPError, KombuError, OSError)


@dataclass(frozen=True)
class RabbitTransport:
    """A broker at `url`: one AMQP URL or several joined by `;`, tried in turn."""

    url: str
    confirm_timeout: float = CONFIRM_TIMEOUT
    heartbeat: int = HEARTBEAT

    @property
    def dead_queues(self) -> bool:
        """See `transport.Transport`."""
        return True

    def publisher(self) -> Publisher:
        """A publisher for one thread; connects at the first message."""
        return RabbitPublisher(self._connect, self.confirm_timeout)

    def consumer(self, queue: str, prefetch: int) -> Consumer:
        """A consumer of `queue`; connects at the first `receive` and again whenever the broker comes back."""
        return RabbitConsumer(self._connect, queue, prefetch)

    def _connect(self) -> Connection:
        connection = Connection(
            self.url,
            heartbeat=self.heartbeat,
            connect_timeout=_CONNECT_TIMEOUT,
            failover_strategy="round-robin",
        )
        connection.ensure_connection(
            max_retries=2, interval_start=0, interval_step=0.2, timeout=_CONNECT_TIMEOUT
        )
        return connection


class Confirms:
    """Which of the messages published on one channel the broker has answered, by delivery tag."""

    def __init__(self) -> None:
        self.published = 0
        self._open: set[int] = set()
        self._oldest = 1
        self.refused: set[int] = set()

    def sent(self) -> int:
        """Count one more message; returns its tag."""
        self.published += 1
        self._open.add(self.published)
        return self.published

    def answered(self, tag: int, multiple: bool) -> None:
        """The broker took this one, or all up to it."""
        if multiple:
            self._open.difference_update(range(self._oldest, tag + 1))
            self._oldest = tag + 1
        else:
            self._open.discard(tag)

    def nacked(self, tag: int, multiple: bool) -> None:
        """The broker could not take this one, or all up to it."""
        self.refused |= {
            open_tag for open_tag in self._open if open_tag == tag or (multiple and open_tag < tag)
        }
        self.answered(tag, multiple)

    @property
    def complete(self) -> bool:
        """Whether every message was answered."""
        return not self._open


class RabbitPublisher:
    """Publishes persistent, mandatory messages and waits once for all confirms of a batch."""

    def __init__(self, connect: Callable[[], Connection], confirm_timeout: float) -> None:
        self._connect = connect
        self._confirm_timeout = confirm_timeout
        self._connection: Connection | None = None
        self._channel: Any = None
        self._confirms = Confirms()
        self._returned: set[str] = set()

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """See `transport.Publisher`."""
        try:
            self._open()
            self._returned.clear()
            for message in messages:
                self._confirms.sent()
                self._channel.basic_publish(
                    self._prepared(message),
                    exchange=message.exchange,
                    routing_key=message.routing_key,
                    mandatory=True,
                )
            self._await_confirms()
        except _BROKEN as error:
            self.close()
            raise Unavailable("broker_unavailable") from error
        if self._confirms.refused:
            self.close()
            raise Unavailable("broker_unavailable")
        return [message.id not in self._returned for message in messages]

    def close(self) -> None:
        """See `transport.Publisher`."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            _discard(connection)

    def _open(self) -> None:
        if self._connection is not None:
            return
        self._connection = self._connect()
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._confirms = Confirms()
        self._channel.events["basic_ack"].add(self._confirms.answered)
        self._channel.events["basic_nack"].add(self._confirms.nacked)
        self._channel.events["basic_return"].add(self._on_return)

    def _prepared(self, message: Message) -> Any:
        return self._channel.prepare_message(
            message.body,
            content_type=CONTENT_TYPE,
            content_encoding="utf-8",
            properties={"delivery_mode": _PERSISTENT, "message_id": message.id},
        )

    def _on_return(self, _error: Exception, _exchange: str, _routing_key: str, message: Any) -> None:
        self._returned.add(message.properties.get("message_id", ""))

    def _await_confirms(self) -> None:
        assert self._connection is not None
        deadline = time.monotonic() + self._confirm_timeout
        while not self._confirms.complete:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the broker has not confirmed in time")
            self._connection.drain_events(timeout=left)


@dataclass(frozen=True, slots=True)
class _Receipt:
    """A delivery tag and the connection it is valid on; a new channel voids old tags (RELIABILITY rule 4)."""

    epoch: int
    tag: int


class RabbitConsumer:
    """Receives on a thread of its own, which also sends acknowledgements and heartbeats and reconnects."""

    def __init__(self, connect: Callable[[], Connection], queue: str, prefetch: int) -> None:
        self._connect = connect
        self._queue = queue
        self._prefetch = prefetch
        self._epoch = 0
        self._arrived = threading.Condition()
        self._buffer: deque[Delivery] = deque()
        self._acknowledged: deque[_Receipt] = deque()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._closing = False
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def receive(self, limit: int, wait: float) -> list[Delivery]:
        """See `transport.Consumer`."""
        if self._pid != os.getpid():
            raise RuntimeError("a consumer does not survive a fork (RELIABILITY M11)")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"broker-{self._queue}", daemon=True)
            self._thread.start()
        with self._arrived:
            self._arrived.wait_for(lambda: self._buffer or self._closing, timeout=wait)
            return [self._buffer.popleft() for _ in range(min(limit, len(self._buffer)))]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See `transport.Consumer`."""
        if deliveries:
            self._acknowledged.append(deliveries[-1].receipt)
            self._wake()

    def close(self) -> None:
        """See `transport.Consumer`; acknowledgements already given are sent first."""
        with self._arrived:
            self._closing = True
            self._arrived.notify_all()
        self._wake()
        if self._thread is not None:
            self._thread.join(timeout=HEARTBEAT)
        self._wake_reader.close()
        self._wake_writer.close()

    def _wake(self) -> None:
        try:
            self._wake_writer.send(b"\0")
        except (BlockingIOError, OSError):
            return  # enough wake-ups are under way, or the consumer is closed

    def _run(self) -> None:
        failures = 0
        while not self._closing:
            connection = None
            try:
                connection = self._connect()
                channel = self._subscribe(connection)
                failures = 0
                self._serve(connection, channel)
            except _BROKEN as error:
                _log.warning("broker_lost", queue=self._queue, error=type(error).__name__)
                failures += 1
            finally:
                self._forget_deliveries()
                if connection is not None:
                    _discard(connection)
            if not self._closing and failures:
                select.select([self._wake_reader], [], [], _PAUSES[min(failures, len(_PAUSES)) - 1])

    def _subscribe(self, connection: Connection) -> Any:
        channel = connection.channel()
        channel.auto_decode = False
        channel.basic_qos(0, self._prefetch, False)
        channel.basic_consume(self._queue, callback=self._on_message, no_ack=False)
        return channel

    def _serve(self, connection: Connection, channel: Any) -> None:
        broker = connection.connection.sock
        beat_at = time.monotonic()
        while not self._closing:
            readable, _, _ = select.select([broker, self._wake_reader], [], [], 1.0)
            if self._wake_reader in readable:
                self._clear_wake()
            self._send_acknowledgements(channel)
            if broker in readable:
                self._drain(connection)
            if time.monotonic() - beat_at >= 1.0:
                connection.heartbeat_check(rate=2)
                beat_at = time.monotonic()
        self._send_acknowledgements(channel)

    def _drain(self, connection: Connection) -> None:
        try:
            while True:
                connection.drain_events(timeout=0)
        except TimeoutError:
            return

    def _send_acknowledgements(self, channel: Any) -> None:
        newest = 0
        while self._acknowledged:
            receipt = self._acknowledged.popleft()
            if receipt.epoch == self._epoch:
                newest = receipt.tag
        if newest:
            channel.basic_ack(newest, multiple=True)

    def _on_message(self, message: Any) -> None:
        delivery = Delivery(
            body=message.body if isinstance(message.body, bytes) else str(message.body).encode(),
            redelivered=message.delivery_info["redelivered"],
            replay=message.delivery_info["exchange"] == REPLAY,
            receipt=_Receipt(self._epoch, message.delivery_tag),
        )
        with self._arrived:
            self._buffer.append(delivery)
            self._arrived.notify_all()

    def _forget_deliveries(self) -> None:
        with self._arrived:
            self._epoch += 1
            self._buffer.clear()

    def _clear_wake(self) -> None:
        try:
            while self._wake_reader.recv(4096):
                pass
        except BlockingIOError:
            return


def _discard(connection: Connection) -> None:
    """Throw a connection away at once: a clean close would wait for a broker that may never answer."""
    try:
        connection.collect(socket_timeout=0.5)
    except _BROKEN:
        return
