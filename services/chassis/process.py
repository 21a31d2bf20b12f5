"""The processes of Linli: `web` answers requests, `worker` consumes, relays and runs due work (DESIGN §3).

Both are one gunicorn process with threads, which starts a new one when the watchdog or a `kill -9` ended it. Nothing is opened
before its fork (RELIABILITY P10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask

from services.chassis import dead_letters, outbox
from services.chassis.effects import HANDLER_LIMIT
from services.chassis.errors import Unavailable
from services.chassis.handling import Handling
from services.chassis.http import idempotency, rate_limit
from services.chassis.http.app import create_app
from services.chassis.http.server import Server, serve
from services.chassis.loops import Deadline, Loop, Loops, watchdog
from services.chassis.platform import Platform, Process, ServiceDefinition, conninfo, platform
from services.chassis.references import References
from services.chassis.relay import Relay
from services.chassis.replay import REQUESTED, Archive
from services.chassis.transport import Transport, dead_queue_of, queue_of
from services.chassis.wake import Bell, Listener
from services.chassis.worker import DeadQueueWorker, Worker

#: Seconds between readings of the gauges of outbox and dead letters.
_GAUGE_PAUSE = 5.0
#: How long an answer is kept for its idempotency key, and how often old ones are deleted (seconds).
IDEMPOTENCY_KEPT = timedelta(days=7)
_PURGE_PAUSE = 3600.0
#: Seconds the loops get to finish what they do when the process ends.
STOP_TIMEOUT = 20.0


@dataclass(frozen=True)
class Threads:
    """The loops of one service, and the deadlines of its handlers."""

    loops: list[Loop]
    deadlines: list[Deadline]


def worker_threads(
    definition: ServiceDefinition,
    settings: Any,
    on: Platform,
    transport: Transport,
    handler_limit: float = HANDLER_LIMIT,
) -> Threads:
    """Everything the role `worker` of a service does in the background; `handler_limit` in seconds (DESIGN §2.7)."""
    deadline = Deadline(on.clock, handler_limit)
    handling = Handling(definition.name, on.database, definition.handlers(on, settings), on.metrics, deadline)
    consumer = transport.consumer(queue_of(definition.name), settings.batch_size)
    loops = [
        *Worker(consumer, handling, on.stop, batch_size=settings.batch_size).loops(),
        Relay(on.database, transport.publisher(), on.metrics, wake=on.wake).loop(),
        _gauges(on),
        _housekeeping(on),
        *definition.loops(on, settings),
    ]
    if transport.dead_queues:
        dead = transport.consumer(dead_queue_of(definition.name), 10)
        loops.append(DeadQueueWorker(dead, handling, on.stop).loop())
    if REQUESTED in definition.catalogue.consumed_by(definition.name):
        references = References(definition.name, definition.catalogue, definition.references)
        loops.append(Archive(on.database, transport.publisher(), references).loop())
    return Threads(loops, [deadline])


def run_web(definition: ServiceDefinition, settings: Any) -> None:
    """Serve the HTTP surface of a service until SIGTERM."""
    process = Process()
    bell = Bell(definition.name, conninfo(settings.database_url))
    loops = Loops([bell.loop()], process.stop, process.clock)

    def make_app() -> Flask:
        on = platform(definition, settings, process, role="web", committed=bell.ring)
        return definition.web(on, settings)

    serve(_server(make_app, settings, loops))


def run_worker(definition: ServiceDefinition, settings: Any, transport: Transport) -> None:
    """Consume, relay and run due work of a service until SIGTERM; answers health and metrics on the HTTP port."""
    process = Process()
    running = Running(process)

    def make_app() -> Flask:
        on = platform(definition, settings, process, role="worker")
        listener = Listener(definition.name, conninfo(settings.database_url), on.wake)
        threads = worker_threads(definition, settings, on, transport)
        running.add(Threads([*threads.loops, listener.loop()], threads.deadlines))
        return create_app(definition.name, [], context=on.context(liveness={"loops": running.check}))

    serve(
        Server(
            make_app,
            settings.http_host,
            settings.http_port,
            threads=2,
            on_start=running.start,
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
        Loops([watchdog(loops, deadlines, stop)], stop, clock).start()
        self._loops = loops

    def stop(self) -> None:
        """End all loops, each after the piece of work it has in hand."""
        if self._loops is not None:
            self._loops.stop(STOP_TIMEOUT)

    def check(self) -> None:
        """Raise when a loop does not turn (liveness, DESIGN §3)."""
        if self._loops is not None and self._loops.stuck():
            raise Unavailable("loops_stuck")


def _server(make_app: Callable[[], Flask], settings: Any, loops: Loops) -> Server:
    return Server(
        make_app,
        settings.http_host,
        settings.http_port,
        threads=settings.http_threads,
        on_start=loops.start,
        on_stop=lambda: _stop(loops),
    )


def _stop(loops: Loops) -> None:
    loops.stop(STOP_TIMEOUT)


def _gauges(on: Platform) -> Loop:
    """Reads how much waits in the outbox and among the dead letters."""

    def read() -> bool:
        with on.database.read() as connection:
            waiting, oldest = outbox.pending(connection)
            dead = dead_letters.count(connection)
        age = (on.clock.now() - oldest).total_seconds() if oldest else 0.0
        on.metrics.outbox_pending.labels(on.service).set(waiting)
        on.metrics.outbox_oldest.labels(on.service).set(max(0.0, age))
        on.metrics.dead_letters.labels(on.service).set(dead)
        return False

    return Loop(f"{on.service}.gauges", read, pause=_GAUGE_PAUSE)


def _housekeeping(on: Platform) -> Loop:
    """Deletes idempotency keys that nobody will repeat any more, and request counters of minutes gone by."""

    def clean() -> bool:
        with on.database.begin() as work:
            idempotency.purge(work.connection, work.now - IDEMPOTENCY_KEPT)
            rate_limit.purge(work.connection, work.now)
        return False

    return Loop(f"{on.service}.housekeeping", clean, pause=_PURGE_PAUSE)
