"""The peers and the reference: programs that lie outside this repository, copied for a run and told where our servers are.

Their requirements go into virtual environments below the cache folder, once. Where the programs are missing the bench goes on
without them and says so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.bench.machine import Machine
from tests.bench.processes import output_of
from tests.bench.settings import BenchSettings

REFERENCE = "kombu_batch_mark"
#: With prefetch 64 Celery is at its best (see the README of the programs).
CELERY = ("celery_pf64",)
ONE_AT_A_TIME = ("dramatiq_t8", "nameko", "faststream", "kombu")
_ROLE = "bench"
_RUN_SECONDS = 150
#: What the programs call what we call otherwise, and what is of no interest here.
_NAMES = {"cpu_pg": "cpu_postgres", "cpu_mq": "cpu_rabbit"}
_UNUSED = ("impl", "workers", "n", "secs", "rss_mb", "pss_mb", "left_in")

_RUN = """
import json, sys
import pipeline_bench as bench
name, workers, scale = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
bench.wait_quiet()
print(json.dumps(bench.throughput(name, bench.I[name], workers, scale)))
"""


@dataclass(frozen=True)
class Environments:
    """The interpreters that run the peers; nameko needs one of its own."""

    most: Path
    nameko: Path

    @property
    def profiler(self) -> Path:
        """py-spy."""
        return self.most.parent / "py-spy"


def environments(settings: BenchSettings) -> Environments:
    """Make the virtual environments that are not there yet. Raises `subprocess.CalledProcessError` without the network."""
    most = _environment(settings.cache / "peers", "-r", str(settings.programs / "requirements.txt"), "py-spy")
    nameko = _environment(settings.cache / "nameko", "nameko", "psycopg[binary]", "setuptools<80")
    return Environments(most, nameko)


class Peers:
    """The programs, copied beside the servers they shall use."""

    def __init__(self, machine: Machine, settings: BenchSettings, interpreters: Environments) -> None:
        self.folder = machine.folder / "peers"
        self._machine = machine
        self._interpreters = interpreters
        self._variables = {
            **os.environ,
            "BENCH_PGPORT": str(urlsplit(machine.postgres.url("postgres")).port),
            "BENCH_PY": str(interpreters.most),
        }
        shutil.copytree(settings.programs, self.folder)
        _provide_database(machine, self.folder / "schema.sql")
        self._adapt()

    def run(self, name: str, workers: int, scale: float) -> dict[str, Any]:
        """One run of a peer: `rate`, `cpu_worker` (seconds per 1,000 events), `foreign_cores`, or `error`."""
        command = [str(self._interpreters.most), "-c", _RUN, name, str(workers), str(scale)]
        done = output_of(command, self.variables(), self.folder, _RUN_SECONDS)
        if done.returncode:
            return {"error": done.stderr.strip().rpartition("\n")[2][:200]}
        row: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
        return {_NAMES.get(name, name): value for name, value in row.items() if name not in _UNUSED}

    def variables(self, *folders: str) -> dict[str, str]:
        """The environment of a program; modules are found in these folders too."""
        paths = [str(self.folder / folder) for folder in folders] + [str(self.folder)]
        return {**self._variables, "PYTHONPATH": os.pathsep.join(paths)}

    def program(self, name: str) -> tuple[str, ...]:
        """The command of a program of the peers' environment."""
        return (str(self._interpreters.most.parent / name),)

    def python(self, *arguments: str) -> tuple[str, ...]:
        """The command of a script that is run in the peers' environment."""
        return (str(self._interpreters.most), *arguments)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to the peers' database."""
        return self._machine.connect(_ROLE)

    def empty(self) -> None:
        """Take all rows out of the peers' tables."""
        with self.connect() as connection:
            connection.execute("TRUNCATE inbox, work_order, outbox, complaint")

    def count(self, table: str) -> int:
        """How many rows one of the peers' tables has."""
        with self.connect() as connection:
            found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def _adapt(self) -> None:
        """Say where the servers, the folders and the interpreters are; nothing of what is measured is touched."""
        server = urlsplit(self._machine.rabbit.amqp_url())
        process = self.folder / "postmaster.pid"
        process.write_text(f"{self._machine.postgres.pid()}\n")
        new = {
            "guest:guest@127.0.0.1:5672": f"{server.username}:{server.password}@127.0.0.1:{server.port}",
            'userid="guest", password="guest"': f'userid="{server.username}", password="{server.password}"',
            "127.0.0.1:5672": f"127.0.0.1:{server.port}",
            "port == 5672": f"port == {server.port}",
            "/tmp/benchpg/postmaster.pid": str(process),
            "/tmp/benchvenv-nameko/bin/python": str(self._interpreters.nameko),
            "/tmp/bench/": f"{self.folder}/",
        }
        pattern = re.compile("|".join(re.escape(old) for old in new))
        for file in self.folder.rglob("*.py"):
            file.write_text(pattern.sub(lambda found: new[found[0]], file.read_text()))


def _environment(folder: Path, *requirements: str) -> Path:
    python = folder / "bin" / "python"
    complete = folder / "complete"
    if not complete.exists():
        print(f"正在准备对照组环境 | preparing {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements],
            check=True,
        )
        complete.touch()
    return python


def _provide_database(machine: Machine, schema: Path) -> None:
    with machine.connect() as connection:
        connection.execute(f"CREATE ROLE {_ROLE} LOGIN PASSWORD '{_ROLE}'")
        connection.execute(f"CREATE DATABASE {_ROLE} OWNER {_ROLE}")
    with machine.connect(_ROLE) as connection:
        connection.execute(f"SET ROLE {_ROLE}")
        connection.execute(schema.read_text())
