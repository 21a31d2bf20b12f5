"""Where the time of one event goes: the CPU of a worker by what it does, beside database and broker."""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from pathlib import Path

from services.chassis.transport import queue_of
from tests.bench.events import WORKS, EventBench
from tests.bench.processes import Meter, cpu, end, tree
from tests.bench.report import number, table
from tests.bench.session import Session

_EVENTS = 20_000
#: The process warms up first; what is seen then is thrown away.
_WARM_EVENTS = 1_000
_SECONDS = 6
_HERTZ = 250
_PLACES = 12
_LOOK = 0.05

#: What a stack belongs to: the first of these that is found anywhere in it.
_PARTS = (
    ("read events: JSON, envelope, schema", r"\bdecode \("),
    ("write events: JSON, envelope, schema", r"\bencode\w* \("),
    ("relay: rows out of the outbox", r"services/chassis/(outbox|archive)\.py.*|take_unsent|mark_sent"),
    ("relay: publish and confirms", r"rabbitmq/(publisher|confirms)\.py"),
    ("broker: receive and acknowledge", r"rabbitmq/consumer\.py"),
    ("classify: rules, words", r"classif|/cel/|rule_pack"),
    ("commit, begin, pool", r"\b(_commit_impl|do_commit|_begin_impl|_do_get|_checkout|do_ping|reset) \("),
    ("SQL of the handlers: SQLAlchemy and psycopg", r"services/(routing|analytics|notification)/storage/"),
    ("inbox", r"services/chassis/inbox\.py"),
    ("handlers besides", r"services/(routing|analytics|notification)/"),
    ("loops, metrics, logs and the rest of the chassis", r"services/chassis/"),
)
#: Where a thread waits, which the profiler cannot always tell from work.
_WAITING = re.compile(r"\b(wait|wait_c|select|poll|acquire|_recv_started) \([^;]*$")
_FRAME = re.compile(r"(?P<function>.+) \((?P<file>.+):\d+\)")


def run(session: Session) -> str:
    """Profile every worker that the bench of events measures; returns the tables."""
    if session.environments is None:
        raise RuntimeError("py-spy lives in the environment of the peers, which is missing")
    wanted = [name for name in WORKS if session.options.wanted(name)]
    return "\n\n".join(_one(session, EventBench(session.machine, session.ours), name) for name in wanted)


def _one(session: Session, bench: EventBench, name: str) -> str:
    work, machine = WORKS[name], session.machine
    bench.prepare(name, _EVENTS)
    process = session.ours.start(session.ours.role(f"{work.service}-worker"))
    try:
        while work.done(bench) < _WARM_EVENTS:
            if process.poll() is not None:
                raise RuntimeError("the worker ended")
            time.sleep(_LOOK)
        parts = {
            "worker": lambda: cpu(process.pid),
            "postgres": machine.cpu_of_postgres,
            "rabbit": machine.cpu_of_rabbit,
        }
        before, meter = work.done(bench), Meter(parts)
        stacks = _record(session, tree(process.pid)[-1], machine.folder / f"{name}.stacks")
        events, used = work.done(bench) - before, meter.read()
    finally:
        end(process)
    left = bench.broker.depth(queue_of(work.service))
    each = {part: seconds / events * 1_000_000 for part, seconds in used.cpu.items()}
    total = sum(stacks.values())
    shares = Counter[str]()
    for stack, samples in stacks.items():
        shares[_part_of(stack)] += samples
    rows = [
        [part, number(each["worker"] * samples / total), f"{samples / total:.0%}"]
        for part, samples in shares.most_common()
    ]
    rows += [["PostgreSQL", number(each["postgres"]), ""], ["RabbitMQ", number(each["rabbit"]), ""]]
    heading = (f"`{name}`, {events} events, {left} left", "CPU µs an event", "of the worker")
    return f"{table(heading, rows)}\n\n{_hottest(stacks)}"


def _record(session: Session, pid: int, file: Path) -> Counter[str]:
    """How often each stack was seen at work, waiting threads left out."""
    assert session.environments is not None
    command = [
        str(session.environments.profiler),
        "record",
        "--pid",
        str(pid),
        "--format",
        "raw",
        "--output",
        str(file),
    ]
    options = ["--duration", str(_SECONDS), "--rate", str(_HERTZ), "--nonblocking"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    stacks = Counter[str]()
    for line in file.read_text().splitlines():
        stack, _, samples = line.rpartition(" ")
        if not _WAITING.search(stack):
            stacks[stack] += int(samples)
    return stacks


def _part_of(stack: str) -> str:
    return next(
        (part for part, pattern in _PARTS if re.search(pattern, stack)), "threads, gunicorn, Python itself"
    )


def _hottest(stacks: Counter[str]) -> str:
    """The functions in which the interpreter itself was, whoever called them."""
    leaves = Counter[str]()
    for stack, samples in stacks.items():
        found = _FRAME.fullmatch(stack.rpartition(";")[2])
        if found:
            leaves[f"`{found['function']}` {'/'.join(Path(found['file']).parts[-2:])}"] += samples
    total = sum(stacks.values())
    rows = [[leaf, f"{samples / total:.1%}"] for leaf, samples in leaves.most_common(_PLACES)]
    return table(("function", "of the worker, itself"), rows)
