"""The toy ledger as a real process: gunicorn, the loops of a worker and the watchdog over them.

Run with the URL of its database, the conninfo of the queues and the seconds a handler may take. Each serving process prints its
id. The sale of `HANGS` never ends.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.http.server import Server, serve
from services.chassis.loops import Deadline
from services.chassis.metrics import PlatformMetrics
from services.chassis.platform import Process
from services.chassis.process import Running, Threads
from services.chassis.sql import connect
from services.chassis.testing.services import handling
from services.chassis.transport import queue_of
from services.chassis.transport.postgres import PostgresTransport
from services.chassis.worker import Worker
from tests.integration.chassis.conftest import CATALOGUE, Ledger

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HANGS = 666


def hang(event: Event) -> Exception | None:
    """Hang at the one sale."""
    if event.data["amount"] == HANGS:
        threading.Event().wait()
    return None


def run(database_url: str, queues: str, limit: float) -> None:
    """Serve until SIGTERM."""
    process = Process(metrics=PlatformMetrics(CollectorRegistry()))
    running = Running(process)

    def nothing(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("204 No Content", [])
        return []

    def make_app() -> WSGIApplication:
        database = Database("ledger", connect(database_url, application="ledger"), CATALOGUE, process.clock)
        deadline = Deadline(process.clock, limit)
        path = replace(handling(database, {"shop.sold": Ledger(hang).on_sold}), deadline=deadline)
        consumer = PostgresTransport(queues, CATALOGUE.bindings()).consumer(queue_of("ledger"), 20)
        running.add(Threads(Worker(consumer, path, process.stop, batch_size=20).loops(), [deadline]))
        print(os.getpid(), flush=True)
        return nothing

    serve(Server(make_app, "127.0.0.1", 0, threads=1, on_start=running.start, on_stop=running.stop))


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], float(sys.argv[3]))
