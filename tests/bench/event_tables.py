"""The bench of events: ours, the reference and the peers in turn; its tables and targets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.bench.events import WORKS, EventBench
from tests.bench.peers import CELERY, ONE_AT_A_TIME, REFERENCE
from tests.bench.report import Target, number, table, targets
from tests.bench.rounds import Results, Row, interleaved
from tests.bench.session import Session

_SECOND = " ×2"
#: More events for two workers, so that the run lasts as long.
_MORE = 1.6
#: What the programs call the whole number of the reference; peers run their own share of theirs.
_REFERENCE_EVENTS = 16_000

_TARGETS = (
    Target("ours_projection", (REFERENCE,), 0.5),
    Target("ours_notification", (REFERENCE,), 0.5),
    Target("ours_routing", (REFERENCE,), 0.35),
    Target("ours_projection", CELERY, 8.0),
    Target("ours_projection", ONE_AT_A_TIME, 2.5),
    Target("ours_routing" + _SECOND, ("ours_routing",), 1.3),
    Target(REFERENCE + _SECOND, (REFERENCE,), None),
)


def run(session: Session) -> str:
    """Measure; returns the tables."""
    results = interleaved(_runs(session), session.options.repeats, session.options.seconds)
    return f"{_rates(results)}\n\n{targets(results, _TARGETS)}"


def _runs(session: Session) -> dict[str, Callable[[], Row]]:
    bench, peers, options = EventBench(session.machine, session.ours), session.peers, session.options
    runs: dict[str, Callable[[], Row]] = {}

    def ours(name: str, workers: int) -> Callable[[], Row]:
        events = int(options.events * (_MORE if workers > 1 else 1))
        return lambda: bench.run(name, workers, events)

    for name in WORKS:
        runs[name] = ours(name, 1)
    runs["ours_routing" + _SECOND] = ours("ours_routing", 2)
    if peers is not None:
        run, scale = peers.run, options.events / _REFERENCE_EVENTS
        runs[REFERENCE] = lambda: run(REFERENCE, 1, scale)
        runs[REFERENCE + _SECOND] = lambda: run(REFERENCE, 2, scale)
        runs |= {name: partial(run, name, 1, min(1.0, scale)) for name in (*CELERY, *ONE_AT_A_TIME)}
    return {name: run for name, run in runs.items() if options.wanted(name.replace(REFERENCE, "reference"))}


def _rates(results: Results) -> str:
    rows = []
    for name in results.rows:
        good = results.good(name)
        if not good:
            error = next(iter(results.rows[name].values()))["error"]
            rows.append([name, error, "", "", "", "", "", "", f"0/{len(results.rows[name])}"])
            continue
        rates = [row["rate"] for row in good]
        rows.append(
            [
                name,
                f"{number(results.median(name, 'rate'))} ({number(min(rates))}–{number(max(rates))})",
                *(
                    number(results.median(name, f"cpu_{part}"), 2)
                    for part in ("worker", "postgres", "rabbit")
                ),
                number(results.ratio(name, (REFERENCE,)), 2),
                number(_cpu_ratio(results, name), 2),
                number(results.median(name, "foreign_cores"), 2),
                f"{len(good)}/{len(results.rows[name])}",
            ]
        )
    heading = (
        "implementation",
        "events/s (range)",
        "worker CPU s/1k",
        "PG CPU s/1k",
        "broker CPU s/1k",
        "rate / reference",
        "CPU / reference",
        "foreign cores",
        "runs",
    )
    return table(heading, rows)


def _cpu_ratio(results: Results, name: str) -> float | None:
    """All CPU of an event, database and broker included, against the reference: this holds on a busy machine too."""
    ours, reference = (
        [results.median(each, f"cpu_{part}") for part in ("worker", "postgres", "rabbit")]
        for each in (name, REFERENCE)
    )
    if None in ours or None in reference:
        return None
    return sum(filter(None, ours)) / sum(filter(None, reference))
