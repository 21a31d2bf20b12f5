"""Figures of 10 million facts: ours from cells and facts beside DuckDB, which holds the same facts in its own columns."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from services.analytics import usecases
from services.analytics.domain import By, Window
from services.analytics.handlers import HANDLERS
from services.chassis.database import Database
from services.chassis.testing.services import deliver
from tests.bench import facts
from tests.bench.peers import Peers
from tests.bench.report import number, table
from tests.bench.rounds import Results, Row, interleaved
from tests.bench.session import Session
from tests.integration.analytics.lives import Case

#: Milliseconds, and times DuckDB's.
_SLOWEST, _SLOWEST_OF_ONE, _TIMES = 100.0, 10.0, 2.0
#: Quantiles may be so far off; and seconds until what happened is counted.
_ERROR, _VISIBLE = 0.02, 2.0
_QUARTER = Window(date(2025, 7, 1), date(2025, 10, 1))
_ESTATE = "E0042"
#: Changes that are not counted into cells when the question is asked.
_CHANGES = 50

_DUCKDB = """
import json, sys, time
import duckdb
db = duckdb.connect()
db.execute("SET threads=2; SET TimeZone='UTC'")
db.execute('''CREATE TABLE facts AS SELECT estate_id, category, registered_at, response_s, resolved,
    CASE WHEN resolved THEN 3 * response_s END AS resolution_s,
    is_repeat AND coalesce(registered_at - lag(registered_at) OVER (
        PARTITION BY estate_id, category ORDER BY registered_at, complaint_id) <= INTERVAL 30 DAY, false) AS repeats
    FROM read_parquet(?)''', [sys.argv[1]])
for line in sys.stdin:
    start = time.perf_counter()
    rows = db.execute(json.loads(line)).fetchall()
    print(json.dumps([time.perf_counter() - start, rows]), flush=True)
"""
_FIGURES = """count(*), count(*) FILTER (WHERE resolved), count(*) FILTER (WHERE repeats),
    quantile_cont(response_s, [0.5, 0.9]), quantile_cont(resolution_s, [0.5, 0.9]), avg(resolution_s), max(resolution_s)"""
_IN_QUARTER = "registered_at >= TIMESTAMP '2025-07-01' AND registered_at < TIMESTAMP '2025-10-01'"


@dataclass(frozen=True)
class Asked:
    """A question to both; `key` makes of a row of ours what DuckDB's begins with."""

    by: By
    window: Window
    sql: str
    key: Callable[[Mapping[str, Any]], str]
    scope: str | None = None
    monthly: bool = False


_QUESTIONS = {
    "all estates, a quarter": Asked(
        By.ESTATE,
        _QUARTER,
        f"SELECT 'E' || lpad(estate_id::text, 4, '0'), {_FIGURES} FROM facts WHERE {_IN_QUARTER} GROUP BY estate_id",
        lambda row: row["key"],
    ),
    "month × category, two years": Asked(
        By.CATEGORY,
        Window(),
        f"SELECT strftime(registered_at, '%Y-%m') || ' group-' || category % 5 || '.category-' || category, {_FIGURES} "
        "FROM facts GROUP BY 1, category",
        lambda row: f"{row['month']} {row['key']}",
        monthly=True,
    ),
    "one estate, a quarter": Asked(
        By.ESTATE,
        _QUARTER,
        f"SELECT 'E0042', {_FIGURES} FROM facts WHERE estate_id = 42 AND {_IN_QUARTER}",
        lambda row: row["key"],
        scope=f"g/r2/{_ESTATE}",
    ),
}


def run(session: Session) -> str:
    """Measure; returns the tables."""
    if session.peers is None:
        return "The facts are made by a program of the peers, which is not there."
    database = facts.load(session.ours, session.peers, session.options.facts)
    try:
        with _duckdb(session.peers) as ask:
            runs: dict[str, Callable[[], Row]] = {}
            for name, question in _QUESTIONS.items():
                runs[f"{name}, DuckDB"] = partial(_theirs, ask, question)
                runs[name] = partial(_ours, database, question)
            results = interleaved(runs, session.options.repeats, session.options.seconds)
            exactness = _compared(database, ask)
        return "\n\n".join(
            [f"{session.options.facts:,} facts.", _speeds(results), exactness, _visible(database)]
        )
    finally:
        database.engine.dispose()


def _report(database: Database, question: Asked) -> usecases.Report:
    with database.read() as connection:
        asked = usecases.asked(
            connection,
            subtree="g",
            scope=question.scope,
            window=question.window,
            by=question.by,
            kinds=("complaint",),
            monthly=question.monthly,
        )
        return usecases.report(connection, *asked)


def _ours(database: Database, question: Asked) -> Row:
    _report(database, question)
    start = time.perf_counter()
    rows = len(_report(database, question).rows)
    return {"ms": (time.perf_counter() - start) * 1000, "rows": rows}


def _theirs(ask: Callable[[str], Any], question: Asked) -> Row:
    ask(question.sql)
    seconds, rows = ask(question.sql)
    return {"ms": seconds * 1000, "rows": len(rows)}


@contextmanager
def _duckdb(peers: Peers) -> Iterator[Callable[[str], Any]]:
    command = peers.python("-c", _DUCKDB, str(peers.folder / "facts.parquet"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asking, answering = process.stdin, process.stdout

        def ask(sql: str) -> Any:
            print(json.dumps(sql), file=asking, flush=True)
            return json.loads(answering.readline())

        yield ask
        asking.close()


def _speeds(results: Results) -> str:
    rows = []
    for name, question in _QUESTIONS.items():
        limit = _SLOWEST_OF_ONE if question.scope else _SLOWEST
        ours, theirs = results.median(name, "ms"), results.median(f"{name}, DuckDB", "ms")
        times = results.ratio(name, (f"{name}, DuckDB",), "ms")
        held = ours is not None and ours <= limit and (question.scope or (times or 0) <= _TIMES)
        aim = f"≤ {limit:g} ms" + ("" if question.scope else f", ≤ {_TIMES:g} ×")
        figures = [number(ours, 1), number(theirs, 1), number(times, 2)]
        rows.append([name, *figures, aim, "✓" if held else "✗"])
    return table(("question", "ours ms", "DuckDB ms", "ours / DuckDB", "target", "held"), rows)


def _compared(database: Database, ask: Callable[[str], Any]) -> str:
    """How far our figures are from DuckDB's, which are exact."""
    rows = []
    for name, question in _QUESTIONS.items():
        report = _report(database, question)
        ours = {question.key(row): row for row in report.rows}
        theirs = {row[0]: row[1:] for row in ask(question.sql)[1]}
        counts = all(
            [ours[key]["received"], ours[key]["resolved"], ours[key]["repeats"]] == row[:3]
            for key, row in theirs.items()
        )
        errors = [
            abs(ours[key][times][figure] / exact - 1)
            for key, row in theirs.items()
            for times, quantiles in (("response_seconds", row[3]), ("resolution_seconds", row[4]))
            for figure, exact in zip(("median", "p90"), quantiles or (), strict=False)
            if exact
        ]
        held = counts and ours.keys() == theirs.keys() and max(errors) <= _ERROR
        same = "the same" if counts and ours.keys() == theirs.keys() else "not the same"
        rows.append(
            [name, str(len(ours)), same, f"{max(errors):.2%}", str(report.exact), "✓" if held else "✗"]
        )
    heading = ("question", "groups", "counts", "farthest quantile (≤ 2 %)", "exact", "held")
    return table(heading, rows)


def _visible(database: Database) -> str:
    """How long until a question about everything counts an event that was just handled, with others not counted yet."""
    question = _QUESTIONS["all estates, a quarter"]
    before = _received(database, question)
    noon = datetime(2025, 8, 15, 12, tzinfo=UTC)
    cases = [Case(f"TS-BENCH-{at}", f"E{at * 97 % facts.ESTATES:04d}") for at in range(_CHANGES)]
    deliver(database, HANDLERS, *(case.registered(noon) for case in cases[1:]))
    last = Case("TS-BENCH-LAST", _ESTATE)
    start = time.perf_counter()
    deliver(database, HANDLERS, last.registered(noon))
    while _received(database, question) < before + _CHANGES:
        if time.perf_counter() - start > 60:
            break
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    _report(database, question)
    asked = (time.perf_counter() - start) * 1000
    held = "✓" if seconds <= _VISIBLE else "✗"
    heading = (
        "seconds from the event to the answer that counts it (≤ 2)",
        f"with {_CHANGES} changes not counted yet, ms",
        "held",
    )
    return table(heading, [[number(seconds, 2), number(asked, 1), held]])


def _received(database: Database, question: Asked) -> int:
    return sum(row["received"] for row in _report(database, question).rows)
