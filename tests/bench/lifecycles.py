"""Whole lifecycles a second with all four services and a million complaints stored, and a burst of ten times as many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from services.chassis.testing import eventually
from tests.bench import stored
from tests.bench.callers import Callers
from tests.bench.http_client import Answer
from tests.bench.lifecycle import FULL, SHORT, Client, Tally
from tests.bench.ours import Ours
from tests.bench.processes import Meter, cpu_of_one, wait_for_quiet
from tests.bench.report import number, table
from tests.bench.rounds import Results, Row, interleaved
from tests.bench.session import Session
from tests.e2e.installation import Installation

WAYS = {"create, assign, resolve, close": SHORT, "with answer, signature and rating": FULL}
#: By then each session has planned its statements, which it does once.
_WARM, _SECONDS = 6.0, 10.0
_CLIENTS = 24
_LEAST = 100.0
_SLOWEST = 150.0
_BURST, _BURST_SECONDS, _BURST_CLIENTS = 10, 5.0, 300
_SERVICES = ("intake", "routing", "notification", "analytics")


def run(session: Session) -> str:
    """Measure; returns the tables."""
    ours = session.ours
    stored.restore(ours, session.options.stored, *_SERVICES)
    whole = ours.whole()
    whole.start()
    try:
        driver = _Driver(session, whole)
        runs = {name: partial(driver.steady, way) for name, way in WAYS.items()}
        results = interleaved(runs, session.options.repeats, session.options.seconds)
        burst = driver.burst(results.median(next(iter(WAYS)), "rate") or _LEAST)
    finally:
        whole.stop()
    return f"{session.options.stored:,} complaints stored.\n\n{_rates(results)}\n\n{burst}"


class _Driver:
    def __init__(self, session: Session, whole: Installation) -> None:
        ours = session.ours
        self._ours = ours
        self._callers = Callers(ours)
        self._ports = ours.role("intake-web").port, ours.role("routing-web").port
        self._meters = {
            "ours": lambda: sum(cpu_of_one(pid) for pid in whole.processes()),
            "postgres": session.machine.cpu_of_postgres,
            "rabbit": session.machine.cpu_of_rabbit,
        }
        self._next = 0

    def steady(self, way: Sequence[str]) -> Row:
        """As many at a time as there are clients, each beginning the next when one has ended."""
        wait_for_quiet()
        asyncio.run(self._loop(Tally(), way, _WARM))
        meter, tally = Meter(self._meters), Tally()
        asyncio.run(self._loop(tally, way, _SECONDS))
        used = meter.read()
        row: Row = {
            "rate": len(tally.ended) / used.seconds,
            "foreign_cores": used.foreign,
            "cpu": sum(used.cpu.values()) / max(1, len(tally.ended)) * 1000,
            **{f"p95 {call}": _cut(taken, 0.95) * 1000 for call, taken in tally.seconds.items()},
        }
        try:
            eventually(partial(self._all_closed, tally.ended), 60.0, interval=0.5)
        except AssertionError:
            row["error"] = "not all that was rated or closed ended as closed"
        return row

    def burst(self, rate: float) -> str:
        """Ten times as many complaints as it can bear, for a few seconds; then how long until it is as before."""
        answers = asyncio.run(self._flood(rate * _BURST))
        ended = time.monotonic()
        accepted = [answer.json["number"] for answer in answers if answer.status == 201]
        refused = [answer for answer in answers if answer.status in (429, 503)]
        unasked = sum("retry-after" not in answer.headers for answer in refused)
        normal = asyncio.run(self._recovered()) - ended
        eventually(partial(self._all_known, accepted), 120.0, interval=0.5)
        rows = [
            ["sent", f"{len(answers)} in {_BURST_SECONDS:g} s"],
            ["accepted, all of them found as cases", str(len(accepted))],
            ["refused with 429 or 503", f"{len(refused)}, {unasked} of them without Retry-After"],
            ["answered otherwise or broken", str(len(answers) - len(accepted) - len(refused))],
            [f"s until a POST takes ≤ {_SLOWEST:g} ms again (≤ 30)", f"{normal:.1f}"],
            ["s until every accepted one was a case", f"{time.monotonic() - ended:.1f}"],
        ]
        return table(("burst of ten times the rate", ""), rows)

    async def _loop(self, tally: Tally, way: Sequence[str], seconds: float) -> None:
        deadline = time.monotonic() + seconds

        async def one() -> None:
            client = Client(self._callers, *self._ports, tally)
            while time.monotonic() < deadline:
                self._next += 1
                await client.live(self._next, way)
            client.close()

        await asyncio.gather(*(one() for _ in range(_CLIENTS)))

    async def _flood(self, rate: float) -> list[Answer]:
        began, total = time.monotonic(), int(rate * _BURST_SECONDS)
        answers: list[Answer] = []

        async def one(place: int) -> None:
            client = Client(self._callers, *self._ports, Tally())
            for at in range(place, total, _BURST_CLIENTS):
                await asyncio.sleep(max(0.0, began + at / rate - time.monotonic()))
                answers.append(await client.post(at))
            client.close()

        await asyncio.gather(*(one(place) for place in range(_BURST_CLIENTS)))
        return answers

    async def _recovered(self) -> float:
        """When the first of five good answers in a row was asked for."""
        client, good, since = Client(self._callers, *self._ports, Tally()), 0, time.monotonic()
        deadline = since + 120.0
        while good < 5 and time.monotonic() < deadline:
            if not good:
                since = time.monotonic()
            answer = await client.post(good)
            good = good + 1 if answer.status == 201 and answer.seconds * 1000 <= _SLOWEST else 0
            await asyncio.sleep(0.2)
        client.close()
        return since

    def _all_closed(self, numbers: Sequence[str]) -> bool:
        return _count(self._ours, "cases WHERE status = 'closed' AND number = ANY(%s)", numbers) == len(
            numbers
        )

    def _all_known(self, numbers: Sequence[str]) -> bool:
        return _count(self._ours, "cases WHERE number = ANY(%s)", numbers) == len(numbers)


def _count(ours: Ours, rows: str, numbers: Sequence[str]) -> int:
    with ours.connect("routing") as connection:
        found = connection.execute(f"SELECT count(*) FROM {rows}", [list(numbers)]).fetchone()
    return int(found[0]) if found else 0


def _cut(taken: Sequence[float], share: float) -> float:
    return sorted(taken)[int(len(taken) * share)]


def _rates(results: Results) -> str:
    rows = []
    for name in results.rows:
        good = results.good(name)
        if not good:
            rows.append([name, next(iter(results.rows[name].values()))["error"], "", "", "", ""])
            continue
        rate = results.median(name, "rate") or 0.0
        slow = {call: results.median(name, call) for call in good[0] if call.startswith("p95 ")}
        worst = max(value for value in slow.values() if value is not None)
        rows.append(
            [
                name,
                f"{number(rate, 1)} (≥ {_LEAST:g}: {'✓' if rate >= _LEAST else '✗'})",
                ", ".join(f"{call.removeprefix('p95 ')} {number(value)}" for call, value in slow.items())
                + f" (≤ {_SLOWEST:g}: {'✓' if worst <= _SLOWEST else '✗'})",
                number(results.median(name, "cpu"), 1),
                number(results.median(name, "foreign_cores"), 2),
                f"{len(good)}/{len(results.rows[name])}",
            ]
        )
    heading = ("lifecycle", "a second", "p95 ms of each call", "CPU ms of one", "foreign cores", "runs")
    return table(heading, rows)
