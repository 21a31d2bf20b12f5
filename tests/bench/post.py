"""The POST of a complaint: the real one beside a bare application, Celery's `.delay()` and "hello", one process each."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import requests

from services.chassis.servers.daemon import free_port
from services.chassis.testing import eventually
from tests.bench import stored
from tests.bench.callers import Callers
from tests.bench.complaints import complaint
from tests.bench.http_load import Load, drive
from tests.bench.messages import text
from tests.bench.peers import Peers
from tests.bench.processes import Meter, cpu, end, start, wait_for_quiet
from tests.bench.report import Target, number, table, targets
from tests.bench.rounds import Results, Row, interleaved
from tests.bench.session import Session

OURS, FULL, BARE, DELAY, HELLO = "ours", "ours, stored", "bare Flask + psycopg", "Celery delay", "Flask hello"
_SECONDS = 4.0
_BODIES = 256

_TARGETS = (
    Target(OURS, (BARE,), 0.6),
    Target(OURS, (DELAY,), 1.0),
    Target(FULL, (OURS,), 0.9),
    Target(OURS, (HELLO,), None),
)


@dataclass(frozen=True)
class Server:
    """A program that listens on `load.port`; `count` tells how many complaints it has stored."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    load: Load
    folder: Path | None = None
    count: Callable[[], int] | None = None
    prepare: Callable[[], object] = field(default=lambda: None)


def run(session: Session) -> str:
    """Measure; returns the tables."""
    servers = _servers(session)
    runs: dict[str, Callable[[], Row]] = {
        name: partial(_measure, session, server)
        for name, server in servers.items()
        if session.options.wanted(name)
    }
    results = interleaved(runs, session.options.repeats, session.options.seconds)
    return f"{_rates(results)}\n\n{targets(results, _TARGETS)}"


def _servers(session: Session) -> dict[str, Server]:
    ours, folder = session.ours, session.machine.folder
    role = ours.role("intake-web")
    token = Callers(ours).token("centre")
    load = Load(role.port, "/api/intake/complaints", _bodies(folder / "ours.jsonl", complaint), token)
    web = Server(role.command, role.environment, load, count=partial(ours.count, "intake", "complaints"))
    servers = {
        OURS: _prepared(web, partial(ours.restore, "intake")),
        FULL: _prepared(web, partial(stored.restore, ours, session.options.stored, "intake")),
    }
    if session.peers is not None:
        servers |= _peers(session.peers, folder)
    return servers


def _prepared(server: Server, prepare: Callable[[], object]) -> Server:
    return Server(server.command, server.environment, server.load, count=server.count, prepare=prepare)


def _peers(peers: Peers, folder: Path) -> dict[str, Server]:
    port = free_port()
    bodies, none = _bodies(folder / "bare.jsonl", _bare), _bodies(folder / "none.jsonl", None)

    def flask(database: str, load: Load, count: Callable[[], int] | None = None) -> Server:
        environment = {**peers.variables("http"), "BENCH_DB": database}
        command = (*peers.program("gunicorn"), "-b", f"127.0.0.1:{port}", "-w", "1", "-k", "gthread")
        options = ("--threads", "8", "--log-level", "error", "flask_app:app")
        return Server((*command, *options), environment, load, peers.folder / "http", count, peers.empty)

    return {
        BARE: flask("psycopg", Load(port, "/complaints", bodies), partial(peers.count, "complaint")),
        DELAY: flask("celery", Load(port, "/complaints", bodies)),
        HELLO: flask("psycopg", Load(port, "/hello", none)),
    }


def _measure(session: Session, server: Server) -> Row:
    server.prepare()
    process = start(server.command, server.environment, session.machine.folder / "http.log", server.folder)
    try:
        eventually(partial(_listens, process, server.load.port), 30.0, interval=0.1)
        before = server.count() if server.count else 0
        warm = drive(server.load, 1.0)
        wait_for_quiet()
        meter = Meter({"app": lambda: cpu(process.pid), "postgres": session.machine.cpu_of_postgres})
        driven = drive(server.load, _SECONDS)
        used = meter.read()
        sent = warm["requests"] + driven["requests"]
        row: Row = {
            "rate": driven["requests"] / driven["seconds"],
            "p50": driven["p50"],
            "p99": driven["p99"],
            **{f"cpu_{name}": spent / driven["requests"] * 1000 for name, spent in used.cpu.items()},
            "foreign_cores": used.foreign,
        }
        bad = driven["refused"] + driven["broken"]
        if bad:
            row["error"] = f"{bad} of {driven['requests']} failed"
        elif server.count and (kept := server.count() - before) < sent:
            row["error"] = f"{kept} stored of {sent}"
        return row
    finally:
        end(process)


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"ended with {process.returncode}")
    with suppress(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5)
        return True
    return False


def _bodies(file: Path, make: Callable[[int], Mapping[str, Any]] | None) -> Path:
    file.write_bytes(b"\n".join(orjson.dumps(make(at)) for at in range(_BODIES)) if make else b"")
    return file


def _bare(at: int) -> dict[str, Any]:
    return {
        "estate_id": at * 7919 % 5000,
        "building": f"{at % 30 + 1}号楼",
        "unit_no": f"{at % 28 + 1:02d}01",
        "category": "电梯故障",
        "channel": "微信",
        "priority": at % 4 + 1,
        "title": "电梯故障投诉",
        "description": text(at),
        "reporter_name": "王晓明",
        "reporter_phone": f"13800{at:06d}",
    }


def _rates(results: Results) -> str:
    rows = []
    for name in results.rows:
        good = results.good(name)
        if not good:
            rows.append([name, next(iter(results.rows[name].values()))["error"], *[""] * 6])
            continue
        rates = [row["rate"] for row in good]
        rows.append(
            [
                name,
                f"{number(results.median(name, 'rate'))} ({number(min(rates))}–{number(max(rates))})",
                number(results.ratio(name, (BARE,)), 2),
                f"{number(results.median(name, 'p50'), 1)} / {number(results.median(name, 'p99'), 1)}",
                number(results.median(name, "cpu_app"), 2),
                number(results.median(name, "cpu_postgres"), 2),
                number(results.median(name, "foreign_cores"), 2),
                f"{len(good)}/{len(results.rows[name])}",
            ]
        )
    heading = (
        "server",
        "requests/s (range)",
        "rate / bare",
        "p50 / p99 ms",
        "app CPU s/1k",
        "PG CPU s/1k",
        "foreign cores",
        "runs",
    )
    return table(heading, rows)
