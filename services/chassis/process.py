"""The processes of Linli: `web` answers requests, `worker` consumes, relays and runs due work (DESIGN §3).

Both are one gunicorn process with threads, which starts a new one when the watchdog or a `kill -9` ended it. Nothing is opened
before its fork (RELIABILITY P10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask

from services.chassis.dead_letter_replay import DeadLetterReplay
from services.chassis.errors import Unavailable
from services.chassis.gauges import Gauges
from services.chassis.handling import Handling
from services.chassis.housekeeping import Housekeeping
from services.chassis.http.app import create_app
from services.chassis.http.server import Server, serve
from services.chassis.loops import Deadline, Loop, Loops, Stage, watchdog
from services.chassis.platform import Platform, Process, ServiceDefinition, conninfo, platform
from services.chassis.references import References
from services.chassis.relay import Relay
from services.chassis.replay import REQUESTED, Archive
from services.chassis.seals import Seals
from services.chassis.seals.checking import Checking
from services.chassis.seals.resending import Resending
from services.chassis.seals.sealing import Sealing
from services.chassis.transport import Consumer, Transport, dead_queue_of, queue_of
from services.chassis.wake import Bell, Listener
from services.chassis.worker import DeadQueueWorker, Worker

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Threads:
    """The loops of one service, the deadlines of its handlers, and what consumes its queues."""

    loops: list[Loop]
    deadlines: list[Deadline] = field(default_factory=list)
    consumers: Mapping[str, Consumer] = field(default_factory=dict)


def worker_threads(
    definition: ServiceDefinition, settings: Any, on: Platform, transport: Transport
) -> Threads:
    """Everything the role `worker` of a service does in the background."""
    deadline = Deadline(on.clock, settings.handler_seconds)
    references = References(definition.name, definition.catalogue, definition.references)
    seals = _seals(settings, on, transport, references)
    handlers = {**definition.handlers(on, settings), **seals.handlers()}
    handling = Handling(definition.name, on.database, handlers, on.metrics, deadline)
    queue, dead_queue = queue_of(definition.name), dead_queue_of(definition.name)
    consumers = {queue: transport.consumer(queue, settings.prefetch)}
    size, gather = settings.batch_size, settings.batch_seconds
    loops = [
        *Worker(consumers[queue], handling, on.stop, batch_size=size, gather=gather).loops(),
        DeadLetterReplay(handling).loop(),
        Relay(
            on.database, transport.publisher(), on.metrics, wake=on.wake, batch_size=settings.relay_batch_size
        ).loop(),
        Gauges(on, consumers[queue]).loop(),
        Housekeeping(on.database, archive_days=settings.archive_days, inbox_days=settings.inbox_days).loop(),
        *seals.loops(),
        *definition.loops(on, settings),
    ]
    if transport.dead_queues:
        consumers[dead_queue] = transport.consumer(dead_queue, 10)
        loops.append(DeadQueueWorker(consumers[dead_queue], handling, on.stop).loop())
    if REQUESTED in definition.catalogue.consumed_by(definition.name):
        loops.append(Archive(on.database, transport.publisher(), references).loop())
    return Threads(loops, [deadline], consumers)


def _seals(settings: Any, on: Platform, transport: Transport, references: References) -> Seals:
    span, margin = timedelta(seconds=settings.seal_seconds), timedelta(seconds=settings.seal_margin_seconds)
    return Seals(
        Sealing(on.database, span, margin),
        Checking(on.database, on.metrics, margin),
        Resending(on.database, transport.publisher(), references, on.metrics),
    )


def run_web(definition: ServiceDefinition, settings: Any) -> None:
    """Serve the HTTP surface of a service until SIGTERM."""
    process = Process()
    running = Running(process)

    def make_app() -> Flask:
        bell = Bell(definition.name, conninfo(settings.database_url))
        running.add(Threads([bell.loop()]))
        on = platform(definition, settings, process, role="web", committed=bell.ring, alive=running.check)
        return definition.web(on, settings)

    serve(
        Server(
            make_app,
            settings.http_host,
            settings.http_port,
            threads=settings.http_threads,
            most_waiting=settings.http_most_waiting,
            socket=settings.http_socket,
            grace=settings.grace_seconds,
            drain=settings.drain_seconds,
            on_start=running.start,
            on_leaving=running.leave,
            on_stop=running.stop,
        )
    )


def run_worker(definition: ServiceDefinition, settings: Any, transport: Transport) -> None:
    """Consume, relay and run due work of a service until SIGTERM; answers health and metrics on the HTTP port."""
    process = Process()
    running = Running(process)

    def make_app() -> Flask:
        on = platform(definition, settings, process, role="worker", alive=running.check)
        listener = Listener(definition.name, conninfo(settings.database_url), on.wake)
        running.add(Threads([listener.loop()]))
        running.add(worker_threads(definition, settings, on, transport))
        return create_app(definition.name, [], context=on.context())

    serve(
        Server(
            make_app,
            settings.http_host,
            settings.http_port,
            threads=2,
            socket=settings.http_socket,
            grace=settings.grace_seconds,
            on_start=running.start,
            on_leaving=running.leave,
            on_stop=running.stop,
        )
    )


class Running:
    """The background threads of one process: made while the application is made, started when it serves."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._threads: list[Threads] = []
        self._loops: Loops | None = None

    def add(self, threads: Threads) -> None:
        """These too."""
        self._threads.append(threads)

    def start(self) -> None:
        """Start all loops and the watchdog over them."""
        stop, clock = self._process.stop, self._process.clock
        loops = Loops([loop for threads in self._threads for loop in threads.loops], stop, clock)
        deadlines = [deadline for threads in self._threads for deadline in threads.deadlines]
        loops.start()
        Loops([watchdog(loops, deadlines, self._starved, stop)], stop, clock).start()
        self._loops = loops

    def leave(self) -> None:
        """The process was asked to end: it is not ready any more, and goes on until `stop`."""
        self._process.stop.reach(Stage.LEAVING)

    def stop(self, seconds: float) -> None:
        """End all loops in the order of `Stage`, each after what it has in hand, within so many seconds."""
        if self._loops is not None and (hanging := self._loops.stop(seconds)):
            _log.warning("loops_hang", loops=hanging)

    def check(self) -> None:
        """Raise when a loop does not turn (liveness, DESIGN §3)."""
        if self._loops is not None and self._loops.stuck():
            raise Unavailable("loops_stuck")

    def _starved(self) -> list[str]:
        return [
            queue
            for threads in self._threads
            for queue, consumer in threads.consumers.items()
            if consumer.starved()
        ]
