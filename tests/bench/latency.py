"""From `201` to "assigned" while 50 complaints a second come in, with everything running as `linli up` runs it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from services.chassis.testing import eventually
from tests.bench.callers import Callers
from tests.bench.complaints import complaint
from tests.bench.http_client import Caller
from tests.bench.machine import Machine
from tests.bench.processes import Meter, cpu_of_one, wait_for_quiet
from tests.bench.report import number, table
from tests.bench.rounds import Row, interleaved
from tests.bench.session import Session
from tests.bench.sink import Sink

_RATE = 50
_SECONDS = 10
#: The first seconds are not counted: connections are opened and statements prepared.
_WARM = 2
#: Milliseconds for the middle one and the 99th of a hundred.
_LIMITS = (30.0, 100.0)
_CONNECTIONS = 8


def run(session: Session) -> str:
    """Measure; returns the table."""
    ours = session.ours
    ours.restore("intake", "routing", "notification", "analytics")
    whole = ours.whole()
    whole.start()
    try:
        token, port = Callers(ours).token("centre"), ours.role("intake-web").port
        meters = {
            "ours": lambda: sum(cpu_of_one(pid) for pid in whole.processes()),
            "postgres": session.machine.cpu_of_postgres,
            "rabbit": session.machine.cpu_of_rabbit,
        }

        def one() -> Row:
            wait_for_quiet()
            with Sink(session.machine, ours.vhost, "workorder.assigned") as sink:
                meter = Meter(meters)
                answered = asyncio.run(_complain(port, token))
                used = meter.read()
                eventually(lambda: answered.keys() <= sink.arrived.keys(), 30.0, interval=0.1)
                arrived = dict(sink.arrived)
            return _row(answered, _committed(session.machine, answered), arrived) | {
                "foreign_cores": used.foreign
            }

        results = interleaved({"latency": one}, session.options.repeats, session.options.seconds)
    finally:
        whole.stop()
    kinds = {"committed": "work order committed", "told": "`workorder.assigned` received by another"}
    rows = []
    for kind, words in kinds.items():
        cells = [results.median("latency", f"{kind}_{cut}") for cut in ("p50", "p99", "max")]
        held = all(cell is not None and cell <= limit for cell, limit in zip(cells, _LIMITS, strict=False))
        rows.append([words, *(number(cell, 1) for cell in cells), "✓" if held else "✗"])
    heading = (f"from `201`, at {_RATE}/s, until", "p50 ms (≤ 30)", "p99 ms (≤ 100)", "worst ms", "held")
    foreign = number(results.median("latency", "foreign_cores"), 2)
    return f"{table(heading, rows)}\n\n{len(results.good('latency'))} runs, foreign cores {foreign}."


async def _complain(port: int, token: str) -> dict[str, float]:
    """Send at the rate; for each number of a complaint when its `201` was there (seconds since the epoch)."""
    answered: dict[str, float] = {}
    began = time.monotonic()
    total = _RATE * _SECONDS

    async def one(place: int) -> None:
        caller = Caller(port, token)
        for at in range(place, total, _CONNECTIONS):
            await asyncio.sleep(max(0.0, began + at / _RATE - time.monotonic()))
            key = f"latency-{began}-{at}"
            answer = await caller.request(
                "POST", "/api/intake/complaints", complaint(at), Idempotency_Key=key
            )
            if answer.status != 201:
                raise RuntimeError(f"{answer.status}: {answer.body.decode()[:200]}")
            if at >= _WARM * _RATE:
                answered[answer.json["number"]] = time.time()
        caller.close()

    await asyncio.gather(*(one(place) for place in range(_CONNECTIONS)))
    return answered


def _committed(machine: Machine, numbers: Mapping[str, float]) -> dict[str, float]:
    """When the transaction that assigned each was committed."""
    query = (
        "SELECT number, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 FROM work_orders "
        "WHERE number = ANY(%s)"
    )
    with machine.connect("linli_routing") as connection:
        return dict(connection.execute(query, [list(numbers)]).fetchall())


def _row(answered: Mapping[str, float], committed: Mapping[str, float], told: Mapping[str, float]) -> Row:
    row: dict[str, Any] = {}
    for kind, ends in {"committed": committed, "told": told}.items():
        # An order may be assigned before the answer has come back over the socket: that is no time at all.
        taken = sorted(max(0.0, ends[name] - since) * 1000 for name, since in answered.items())
        row |= {
            f"{kind}_p50": taken[len(taken) // 2],
            f"{kind}_p99": taken[int(len(taken) * 0.99)],
            f"{kind}_max": taken[-1],
        }
    return row
