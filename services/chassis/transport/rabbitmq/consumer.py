"""Receiving on a thread of its own (RELIABILITY rules 4 and 5, P6, P7)."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from kombu import Connection

from services.chassis.transport import REPLAY, Delivery
from services.chassis.transport.rabbitmq.connection import (
    BEAT,
    BROKEN,
    EXCHANGE_TIMEOUT,
    discard,
    read_frame,
    readable,
)
from services.chassis.transport.rabbitmq.starvation import STARVED_AFTER, Starvation

#: Header in which the broker keeps where a message came from that it gave up later.
_FIRST_EXCHANGE = "x-first-death-exchange"
#: Seconds before the next attempt to reach the broker, by the number of those that failed.
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
#: Seconds that closing waits for the thread; it may be in the middle of connecting.
_CLOSE_TIMEOUT = 15.0
#: Seconds between looks at the queue: how much is ready, and how many consume it.
_LOOK = 5.0
#: Seconds the broker gets to fill up what we may hold, before a subscription is ended.
_FILL = 2.0

#: Name of the one consumer on a channel of its own.
_TAG = "linli"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Receipt:
    """A delivery tag and the connection it is valid on; a new channel voids old tags (RELIABILITY rule 4)."""

    epoch: int
    tag: int


class RabbitConsumer:
    """Receives on a thread of its own, which also sends acknowledgements and heartbeats and reconnects."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        queue: str,
        prefetch: int,
        starved_after: float = STARVED_AFTER,
    ) -> None:
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
        self._cancelling = False
        self._cancelled = False
        self._closing = False
        self._starvation = Starvation(starved_after)
        self._consumers: int | None = None
        self._last_received = self._last_acknowledged = 0
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def receive(self, limit: int, wait: float, gather: float = 0.0) -> list[Delivery]:
        """See `transport.Consumer`."""
        if self._pid != os.getpid():
            raise RuntimeError("a consumer does not survive a fork (RELIABILITY M11)")
        if not self._cancelling and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, name=f"broker-{self._queue}", daemon=True)
            self._thread.start()
        # The answer to a cancellation may have messages before it.
        wait = EXCHANGE_TIMEOUT if self._cancelling else wait
        with self._arrived:
            self._arrived.wait_for(lambda: self._buffer or self._closing or self._cancelled, timeout=wait)
            if self._buffer and gather:
                self._arrived.wait_for(
                    lambda: len(self._buffer) >= limit or self._closing or self._cancelled, timeout=gather
                )
            return [self._buffer.popleft() for _ in range(min(limit, len(self._buffer)))]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See `transport.Consumer`."""
        if deliveries:
            self._acknowledged.append(deliveries[-1].receipt)
            self._wake()

    def cancel(self) -> None:
        """See `transport.Consumer`."""
        self._cancelling = True
        self._wake()

    def starved(self) -> bool:
        """See `transport.Consumer`."""
        return self._starvation.starved(time.monotonic())

    def consumers(self) -> int | None:
        """See `transport.Consumer`."""
        return self._consumers

    def close(self) -> None:
        """See `transport.Consumer`; acknowledgements already given are sent first."""
        with self._arrived:
            self._closing = True
            self._arrived.notify_all()
        self._wake()
        if self._thread is not None:
            self._thread.join(timeout=_CLOSE_TIMEOUT)
        self._wake_reader.close()
        self._wake_writer.close()

    def _wake(self) -> None:
        try:
            self._wake_writer.send(b"\0")
        except (BlockingIOError, OSError):
            return  # enough wake-ups are under way, or the consumer is closed

    def _run(self) -> None:
        failures = 0
        while not (self._closing or self._cancelling):
            connection = None
            try:
                connection = self._connect()
                channel = self._subscribe(connection)
                failures = 0
                self._serve(connection, channel)
            except BROKEN as error:
                _log.warning("broker_lost", queue=self._queue, error=f"{type(error).__name__}: {error}")
                failures += 1
            except Exception:
                # The client raises other errors too when a connection is lost; a thread that ends consumes no more (P6).
                _log.exception("broker_lost", queue=self._queue)
                failures += 1
            finally:
                self._forget_deliveries()
                if connection is not None:
                    discard(connection)
            if not self._closing and failures:
                self._pause(_PAUSES[min(failures, len(_PAUSES)) - 1])
        self._all_arrived()

    def _subscribe(self, connection: Connection) -> Any:
        channel = connection.channel()
        channel.auto_decode = False
        channel.basic_qos(0, self._prefetch, False)
        channel.basic_consume(self._queue, callback=self._on_message, no_ack=False, consumer_tag=_TAG)
        return channel

    def _serve(self, connection: Connection, channel: Any) -> None:
        beat_at, look_at = time.monotonic(), -_LOOK
        with selectors.DefaultSelector() as selector:
            selector.register(connection.connection.sock, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            while not self._closing:
                selector.select(0 if readable(connection) else BEAT)
                self._clear_wake()
                self._send_acknowledgements(channel)
                if self._cancelling and not self._cancelled:
                    self._cancel(channel)
                    self._all_arrived()
                while readable(connection) and not self._closing and time.monotonic() - beat_at < BEAT:
                    read_frame(connection)
                    self._send_acknowledgements(channel)
                now = time.monotonic()
                self._starvation.turned(now)
                if now - beat_at >= BEAT:
                    connection.heartbeat_check(rate=2)
                    beat_at = now
                if now - look_at >= _LOOK and not self._cancelling:
                    self._look(channel)
                    look_at = now
        self._send_acknowledgements(channel)
        # Waits for the answer: closing the socket right behind the acknowledgements could take them along.
        channel.close()

    def _cancel(self, channel: Any) -> None:
        """End the subscription when nothing is under way to us; what is at that moment, the broker delivers again.

        While nothing is acknowledged it fills up what we may hold, and then sends no more.
        """
        until = time.monotonic() + _FILL
        while self._look(channel) and time.monotonic() < until:
            time.sleep(_FILL / 100)
        # With an answer to wait for, the client would refuse what comes behind it.
        channel.basic_cancel(_TAG, nowait=True)
        self._look(channel)

    def _look(self, channel: Any) -> bool:
        """Ask how the queue is, which needs no right to configure; returns whether it has something for us still."""
        _, ready, self._consumers = channel.queue_declare(self._queue, passive=True)
        room = self._last_received - self._last_acknowledged < self._prefetch
        self._starvation.looked(time.monotonic(), ready=ready, room=room)
        return bool(ready and room)

    def _pause(self, seconds: float) -> None:
        with self._arrived:
            self._arrived.wait_for(lambda: self._closing, timeout=seconds)

    def _send_acknowledgements(self, channel: Any) -> None:
        newest = 0
        while self._acknowledged:
            receipt = self._acknowledged.popleft()
            if receipt.epoch == self._epoch:
                newest = receipt.tag
        if newest:
            channel.basic_ack(newest, multiple=True)
            self._last_acknowledged = newest

    def _on_message(self, message: Any) -> None:
        delivery = Delivery(
            body=message.body if isinstance(message.body, bytes) else str(message.body).encode(),
            redelivered=message.delivery_info["redelivered"],
            replay=REPLAY
            in (message.delivery_info["exchange"], (message.headers or {}).get(_FIRST_EXCHANGE)),
            receipt=_Receipt(self._epoch, message.delivery_tag),
        )
        self._last_received = message.delivery_tag
        self._starvation.received()
        with self._arrived:
            self._buffer.append(delivery)
            self._arrived.notify_all()

    def _all_arrived(self) -> None:
        with self._arrived:
            self._cancelled = self._cancelling
            self._arrived.notify_all()

    def _forget_deliveries(self) -> None:
        self._starvation.disconnected()
        self._consumers = None
        self._last_received = self._last_acknowledged = 0
        with self._arrived:
            self._epoch += 1
            self._buffer.clear()

    def _clear_wake(self) -> None:
        try:
            while self._wake_reader.recv(4096):
                pass
        except BlockingIOError:
            return
