"""A queue of our own beside the services' queues, read while a bench goes on: when each event was to be had."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

import amqp
import orjson

from services.chassis.transport import EVENTS
from tests.bench.machine import Machine

_QUEUE = "bench.sink"


class Sink:
    """Notes when (seconds since the epoch) the first event of a name about each complaint arrived."""

    def __init__(self, machine: Machine, vhost: str, event: str) -> None:
        url = urlsplit(machine.rabbit.amqp_url(vhost))
        self._connection = amqp.Connection(
            f"{url.hostname}:{url.port}", userid=url.username, password=url.password, virtual_host=vhost
        )
        self._event = event
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.arrived: dict[str, float] = {}

    def __enter__(self) -> Sink:
        self._connection.connect()
        channel = self._connection.channel()
        channel.queue_declare(_QUEUE, exclusive=True, durable=False)
        channel.queue_bind(_QUEUE, EVENTS, self._event)
        channel.basic_consume(_QUEUE, callback=self._note, no_ack=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        self._connection.close()

    def _note(self, message: amqp.Message) -> None:
        now = time.time()
        self.arrived.setdefault(orjson.loads(message.body)["subject"], now)

    def _run(self) -> None:
        while not self._ending.is_set():
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=0.2)
