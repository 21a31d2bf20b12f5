"""The toy installation with sales all the time, and when something was last confirmed or entered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.loops import Loops, Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.migrations import migrate
from services.chassis.relay import Relay
from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.postgres_programs import embedded_binaries, installed_binaries
from services.chassis.sql import connect
from services.chassis.testing import eventually
from services.chassis.testing.services import handling
from services.chassis.transport import Message, Publisher, Transport, queue_of
from services.chassis.worker import Worker
from tests.faults.journal import Journal
from tests.faults.ledger import Balance, balance
from tests.faults.toy.trade import sell, unsent
from tests.integration.chassis.conftest import CATALOGUE, Ledger, metadata
from tests.integration.chassis.consumer import amounts

#: Seconds between two sales.
_PAUSE = 0.02
_DRAIN_SECONDS = 120.0


class GapLog:
    """The instants at which something went on, on the monotonic clock."""

    def __init__(self) -> None:
        self._at: list[float] = []

    def note(self) -> None:
        """It goes on."""
        self._at.append(time.monotonic())

    def since(self, start: float) -> bool:
        """Whether it has gone on since then."""
        return bool(self._at) and self._at[-1] > start

    def longest(self, start: float, end: float) -> float:
        """The longest time without anything between two instants."""
        marks = [start, *(at for at in self._at if start < at < end), end]
        return max(later - earlier for earlier, later in pairwise(marks))


@dataclass
class Noting:
    """A publisher that notes when anything was confirmed."""

    publisher: Publisher
    log: GapLog

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """See `transport.Publisher`."""
        safe = self.publisher.publish(messages)
        if any(safe):
            self.log.note()
        return safe

    def waiting(self, queue: str) -> int:
        """See `transport.Publisher`."""
        return self.publisher.waiting(queue)

    def keep_alive(self) -> None:
        """See `transport.Publisher`."""
        self.publisher.keep_alive()

    def close(self) -> None:
        """See `transport.Publisher`."""
        self.publisher.close()


@dataclass
class Traffic:
    """Sales, one after the other; `confirmed` and `entered` tell how they come through."""

    shop: Database
    books: Database
    journal: Journal
    confirmed: GapLog = field(default_factory=GapLog)
    entered: GapLog = field(default_factory=GapLog)
    _enough: threading.Event = field(default_factory=threading.Event)

    def sell_on(self) -> None:
        """Sell until there is enough; a sale is promised once its row is committed."""
        amount = 0
        while not self._enough.wait(_PAUSE):
            attempt = self.journal.before(str(amount))
            sell(self.shop, amount)
            self.journal.after(attempt, 201, str(amount))
            amount += 1

    def flows(self, start: float) -> bool:
        """Whether sales were confirmed and entered since then."""
        return self.confirmed.since(start) and self.entered.since(start)

    def result(self) -> Balance:
        """Sell no more, wait until nothing is under way, and compare."""
        self._enough.set()
        eventually(lambda: unsent(self.shop) == 0, _DRAIN_SECONDS, interval=0.2)
        promised = len(self.journal.attempts())
        eventually(lambda: len(amounts(self.books)) >= promised, _DRAIN_SECONDS, interval=0.2)
        found: dict[str, list[str]] = {}
        for amount in amounts(self.books):
            # A double is another effect than the one that was promised.
            known = found.setdefault(str(amount), [])
            known.append(str(amount) if not known else f"{amount} again")
        return balance(self.journal.attempts(), found)


@contextmanager
def traffic(transport: Transport, folder: Path) -> Iterator[Traffic]:
    """Relay, worker and a seller over databases of their own, until the end of the block."""
    binaries = installed_binaries() or embedded_binaries()
    server = PostgresServer(folder / "postgres", binaries, durable=False)
    stop, metrics = Stop(), PlatformMetrics(CollectorRegistry())
    server.start()
    try:
        running = Traffic(
            _database(server, "shop", folder),
            _database(server, "ledger", folder),
            Journal(folder / "journal"),
        )
        ledger = Ledger(fail=lambda event: running.entered.note())
        path = handling(running.books, {"shop.sold": ledger.on_sold})
        worker = Worker(transport.consumer(queue_of("ledger"), 200), path, stop, batch_size=200)
        relay = Relay(running.shop, Noting(transport.publisher(), running.confirmed), metrics)
        loops = Loops([*worker.loops(), relay.loop()], stop, SystemClock())
        seller = threading.Thread(target=running.sell_on)
        loops.start()
        seller.start()
        try:
            yield running
        finally:
            running._enough.set()
            seller.join()
            loops.stop(30)
            running.journal.close()
    finally:
        server.remove()


def _database(server: PostgresServer, service: str, folder: Path) -> Database:
    server.create_database(service)
    engine = connect(server.url(service), application=service)
    versions = folder / "versions"
    versions.mkdir(exist_ok=True)
    migrate(engine, versions)
    metadata.create_all(engine)
    return Database(service, engine, CATALOGUE, SystemClock())
