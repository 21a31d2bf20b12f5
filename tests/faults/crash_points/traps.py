"""The places where a process dies when a test asks for it (RELIABILITY F3).

They are reached by listeners and by subclasses of the transport, so nothing of this is in what is shipped.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Pool, event

from services.chassis.transport import Consumer, Delivery, Message, Publisher
from services.chassis.transport.rabbitmq import RabbitTransport
from services.chassis.transport.rabbitmq.consumer import RabbitConsumer
from services.chassis.transport.rabbitmq.publisher import RabbitPublisher

_LEAVES_EVENTS = "INSERT INTO outbox"
#: Kept with a database connection between statement and commit.
_LEFT, _COMMITTING = "left events", "committing events"


class Point(StrEnum):
    """Between which two steps of an event's life the process dies."""

    BEFORE_INSERT = "before insert"
    AFTER_COMMIT = "after commit"
    BEFORE_PUBLISH = "before publish"
    AFTER_PUBLISH = "after publish"
    AFTER_CONFIRM = "after confirm"
    BEFORE_MARK_SENT = "before mark-sent"
    AFTER_HANDLER_COMMIT = "after handler commit"
    AFTER_ACK = "after ack"


@dataclass(frozen=True)
class Trap:
    """One file that names the point at which to die, for one service. It is gone once that has happened."""

    file: Path

    def set(self, service: str, point: Point) -> None:
        """Die there, once."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(f"{service} {point}")
        draft.rename(self.file)

    @property
    def sprung(self) -> bool:
        """Whether somebody died."""
        return not self.file.exists()

    def pass_by(self, service: str, point: Point) -> None:
        """A service is at a point: the end of this process, if a test wants it."""
        try:
            wanted = self.file.read_text()
        except FileNotFoundError:
            return
        if wanted == f"{service} {point}":
            self.file.unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)


class Confirmed(threading.local):
    """The service whose relay has just been told by the broker that it has the events, on this thread."""

    service: str | None = None


def watch_databases(trap: Trap, confirmed: Confirmed) -> None:
    """Put the trap between the statements of every engine of this process; a database is named `<prefix>_<service>`."""

    @event.listens_for(Engine, "before_cursor_execute")
    def before_statement(
        connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool
    ) -> None:
        if _LEAVES_EVENTS in statement:
            trap.pass_by(_service_of(connection), Point.BEFORE_INSERT)
            single = connection.connection.driver_connection.autocommit
            connection.info[_COMMITTING if single else _LEFT] = _service_of(connection)
        elif confirmed.service is not None:
            service, confirmed.service = confirmed.service, None
            trap.pass_by(service, Point.BEFORE_MARK_SENT)

    @event.listens_for(Engine, "commit")
    def at_commit(connection: Connection) -> None:
        connection.info[_COMMITTING] = connection.info.pop(_LEFT, None)

    @event.listens_for(Pool, "checkin")
    def after_transaction(_connection: Any, record: Any) -> None:
        record.info.pop(_LEFT, None)
        service = record.info.pop(_COMMITTING, None)
        if service is not None:
            trap.pass_by(service, Point.AFTER_COMMIT)


def _service_of(connection: Connection) -> str:
    return (connection.engine.url.database or "").rpartition("_")[2]


@dataclass(frozen=True, kw_only=True)
class TrappedTransport(RabbitTransport):
    """RabbitMQ with the trap at every step."""

    trap: Trap
    confirmed: Confirmed

    def publisher(self) -> Publisher:
        """See `transport.Transport`."""
        return _TrappedPublisher(self)

    def consumer(self, queue: str, prefetch: int) -> Consumer:
        """See `transport.Transport`."""
        return _TrappedConsumer(self, queue, prefetch)


class _TrappedPublisher(RabbitPublisher):
    def __init__(self, transport: TrappedTransport) -> None:
        super().__init__(transport._in_turn(), transport.confirm_timeout)
        self._trap = transport.trap
        self._confirmed = transport.confirmed
        self._service = ""

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        if messages:
            self._service = orjson.loads(messages[0].body)["source"].lstrip("/")
        self._trap.pass_by(self._service, Point.BEFORE_PUBLISH)
        answers = super().publish(messages)
        self._trap.pass_by(self._service, Point.AFTER_CONFIRM)
        self._confirmed.service = self._service
        return answers

    def _await_confirms(self) -> None:
        self._trap.pass_by(self._service, Point.AFTER_PUBLISH)
        super()._await_confirms()


class _TrappedConsumer(RabbitConsumer):
    def __init__(self, transport: TrappedTransport, queue: str, prefetch: int) -> None:
        super().__init__(transport._in_turn(), queue, prefetch)
        self._trap = transport.trap
        self._service = queue.split(".")[1]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._trap.pass_by(self._service, Point.AFTER_HANDLER_COMMIT)
        super().acknowledge(deliveries)
        self._trap.pass_by(self._service, Point.AFTER_ACK)
