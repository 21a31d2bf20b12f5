"""Confirmed publishing in batches (RELIABILITY rule 2, P1–P3)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from kombu import Connection

from services.chassis.envelope import CONTENT_TYPE
from services.chassis.errors import Unavailable
from services.chassis.transport import Message
from services.chassis.transport.rabbitmq.confirms import Confirms
from services.chassis.transport.rabbitmq.connection import (
    BEAT,
    BROKEN,
    discard,
    read_frame,
    readable,
    together,
)

_PERSISTENT = 2

_log = structlog.get_logger(__name__)


class RabbitPublisher:
    """Publishes persistent, mandatory messages and waits once for all confirms of a batch."""

    def __init__(self, connect: Callable[[], Connection], confirm_timeout: float) -> None:
        self._connect = connect
        self._confirm_timeout = confirm_timeout
        self._connection: Connection | None = None
        self._channel: Any = None
        self._confirms = Confirms()
        self._returned: set[str] = set()
        self._beat_at = 0.0
        self._pid = 0

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """See `transport.Publisher`."""
        if self._connection is not None and self._pid != os.getpid():
            # Left as it is: to close it here would end it for the process that opened it.
            raise RuntimeError("a connection does not survive a fork (RELIABILITY M11)")
        try:
            self._open()
            self._returned.clear()
            tags = []
            with together(self._connection):
                for message in messages:
                    tags.append(self._confirms.sent())
                    self._channel.basic_publish(
                        self._prepared(message),
                        exchange=message.exchange,
                        routing_key=message.routing_key,
                        mandatory=True,
                    )
            self._await_confirms()
        except BROKEN as error:
            self.close()
            raise Unavailable("broker_unavailable", error=f"{type(error).__name__}: {error}") from error
        except BaseException:
            self.close()
            raise
        refused = self._confirms.refused
        if refused:
            self.close()
        return [
            message.id not in self._returned and tag not in refused
            for tag, message in zip(tags, messages, strict=True)
        ]

    def waiting(self, queue: str) -> int:
        """See `transport.Publisher`: a passive declare needs no permission (RELIABILITY rule 10)."""
        try:
            self._open()
            return int(self._channel.queue_declare(queue, passive=True).message_count)
        except BROKEN as error:
            self.close()
            raise Unavailable("broker_unavailable", error=f"{type(error).__name__}: {error}") from error

    def keep_alive(self) -> None:
        """See `transport.Publisher`: without heartbeats the broker would end an idle connection (RELIABILITY M7)."""
        if self._connection is None:
            return
        try:
            while readable(self._connection):
                read_frame(self._connection)
            if time.monotonic() - self._beat_at >= BEAT:
                self._connection.heartbeat_check(rate=2)
                self._beat_at = time.monotonic()
        except Exception as error:
            _log.info("broker_lost", error=f"{type(error).__name__}: {error}")
            self.close()

    def close(self) -> None:
        """See `transport.Publisher`."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            discard(connection)

    def _open(self) -> None:
        if self._connection is not None:
            return
        self._connection = self._connect()
        self._pid = os.getpid()
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
            read_frame(self._connection, left)
