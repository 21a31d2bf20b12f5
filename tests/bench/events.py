"""Events through one worker: a queue is filled, then the real worker process is started and its effects are counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg

from services.chassis.transport import queue_of
from services.contracts.catalogue import CATALOGUE
from tests.bench.broker import Broker
from tests.bench.machine import Machine
from tests.bench.messages import registered
from tests.bench.ours import Ours
from tests.bench.processes import Meter, cpu, end, wait_for_quiet

#: What is done before this share of the events is not measured: the process warms up.
_WARM = 0.05
_LOOK = 0.04
_LIMIT = 120.0
#: The founding left events of other names.
_HANDLED = "inbox WHERE name = 'complaint.registered'"


@dataclass(frozen=True)
class Work:
    """What one of our workers is measured with.

    `done` tells how many events are dealt with, cheaply; `check` all that must be so in the end, by name.
    """

    service: str
    done: Callable[[EventBench], int]
    check: Callable[[EventBench], dict[str, int]]


class EventBench:
    """Runs of our workers over prepared `complaint.registered`."""

    def __init__(self, machine: Machine, ours: Ours) -> None:
        self.machine = machine
        self.ours = ours
        self.broker = Broker(machine, ours.plan.settings.vhost)
        self._bodies: list[bytes] = []
        self._looks: dict[str, psycopg.Connection[Any]] = {}

    @cached_property
    def _residents(self) -> Sequence[tuple[str, str]]:
        with self.machine.connect("seed_intake") as connection:
            return [
                (str(party), estate)
                for party, estate in connection.execute("SELECT id, estate FROM parties ORDER BY identity")
            ]

    def run(self, name: str, workers: int, number: int) -> dict[str, Any]:
        """One run: `rate` in events/s, CPU seconds per 1,000 events of worker, database, broker; or `error`."""
        work = WORKS[name]
        self.prepare(name, number)
        wait_for_quiet()
        processes = [self.ours.start(self.ours.role(f"{work.service}-worker", at)) for at in range(workers)]
        parts = {
            "worker": lambda: sum(cpu(process.pid) for process in processes),
            "postgres": self.machine.cpu_of_postgres,
            "rabbit": self.machine.cpu_of_rabbit,
        }
        try:
            while self.broker.consumers(queue_of(work.service)) < workers:
                if any(process.poll() is not None for process in processes):
                    return {"error": "the worker ended"}
                time.sleep(_LOOK)
            measured = self._measure(lambda: work.done(self), number, parts)
            wrong = self._wrong(work, number) if "error" not in measured else {}
        finally:
            for process in processes:
                end(process)
        return measured | ({"error": f"instead of {number}: {wrong}"} if wrong else {})

    def count(self, service: str, query: str) -> int:
        """What a query counts in the database of a service."""
        if service not in self._looks:
            self._looks[service] = self.ours.connect(service)
        found = self._looks[service].execute(query).fetchone()
        return int(found[0]) if found else 0

    def prepare(self, name: str, number: int) -> None:
        """Put everything back as it was after the founding, and so many events on the queue of the worker."""
        work = WORKS[name]
        for connection in self._looks.values():
            connection.close()
        self._looks.clear()
        self.ours.restore(work.service)
        self.broker.purge(*(queue_of(service) for service in CATALOGUE.services()))
        if len(self._bodies) < number:
            self._bodies = list(registered(number, self._residents))
        self.broker.fill(queue_of(work.service), self._bodies[:number])

    def _measure(
        self, done: Callable[[], int], number: int, parts: dict[str, Callable[[], float]]
    ) -> dict[str, Any]:
        deadline = time.monotonic() + _LIMIT
        before, meter = 0, None
        while time.monotonic() < deadline:
            now = done()
            if meter is None and now >= number * _WARM:
                before, meter = now, Meter(parts)
            if now >= number and meter is not None:
                used = meter.read()
                thousands = (now - before) / 1000
                return {
                    "rate": (now - before) / used.seconds,
                    "measured": now - before,
                    **{f"cpu_{name}": seconds / thousands for name, seconds in used.cpu.items()},
                    "foreign_cores": used.foreign,
                }
            time.sleep(_LOOK)
        return {"error": f"only {done()} of {number}"}

    def _wrong(self, work: Work, number: int) -> dict[str, int]:
        deadline = time.monotonic() + 10.0
        while True:
            wrong = {name: count for name, count in work.check(self).items() if count != number}
            if not wrong or time.monotonic() > deadline:
                return wrong
            time.sleep(_LOOK)


def _inbox(service: str) -> Callable[[EventBench], int]:
    return lambda bench: bench.count(service, f"SELECT count(*) FROM {_HANDLED}")


def _rows(bench: EventBench, service: str, **tables: str) -> dict[str, int]:
    return {name: bench.count(service, f"SELECT count(*) FROM {query}") for name, query in tables.items()}


def _followed(bench: EventBench) -> int:
    """Confirmed follow-ups: `workorder.assigned` in the queue of notification, whose worker does not run."""
    return bench.broker.depth(queue_of("notification"))


def _check_routing(bench: EventBench) -> dict[str, int]:
    followers = {
        f"queue of {name}": bench.broker.depth(queue_of(name)) for name in ("notification", "intake")
    }
    return {
        **_rows(
            bench, "routing", cases="cases", orders="work_orders WHERE assignee IS NOT NULL", inbox=_HANDLED
        ),
        **followers,
        # Two events of each: classified and assigned.
        "queue of analytics, halved": bench.broker.depth(queue_of("analytics")) // 2,
    }


WORKS = {
    "ours_projection": Work(
        "analytics",
        _inbox("analytics"),
        lambda bench: _rows(bench, "analytics", facts="facts", inbox=_HANDLED),
    ),
    "ours_notification": Work(
        "notification",
        _inbox("notification"),
        lambda bench: _rows(
            bench, "notification", cases="cases", receipts="deliveries WHERE template = 'receipt'"
        ),
    ),
    "ours_routing": Work("routing", _followed, _check_routing),
}
