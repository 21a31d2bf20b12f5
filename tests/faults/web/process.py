"""`linli intake web` as a process, and what is seen of it from outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import requests
from sqlalchemy import text

import services
from services.chassis.database import Database
from services.chassis.servers.daemon import free_port
from services.chassis.testing import eventually
from tests.e2e.client import Client
from tests.e2e.installation import descendants
from tests.faults.journal import Journal
from tests.faults.ledger import Balance, balance
from tests.faults.residents import by_key

_START_SECONDS = 60.0
#: The estate of the tree that is complained of.
ESTATE = "E1"


@dataclass(frozen=True)
class Web:
    """One process, at `port` of this machine."""

    popen: subprocess.Popen[bytes]
    port: int
    database: Database

    @property
    def client(self) -> Client:
        """Anybody."""
        return Client(f"http://127.0.0.1:{self.port}")

    def ready(self) -> bool:
        """Whether it answers that it is."""
        assert self.popen.poll() is None
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def megabytes(self) -> float:
        """Memory of what serves."""
        status = Path(f"/proc/{descendants(self.popen.pid)[0]}/status").read_text()
        kilobytes = re.search(r"VmRSS:\s+(\d+)", status)
        assert kilobytes
        return int(kilobytes[1]) / 1024

    def result(self, journal: Journal) -> Balance:
        """Every answer held against the complaints that are there, and those against the events that tell of them."""
        with self.database.read() as connection:
            complaints = [dict(row._mapping) for row in connection.execute(text(_COMPLAINTS))]
            told = list(connection.scalars(text(_TOLD)))
        assert sorted(told) == sorted(each["number"] for each in complaints)
        return balance(journal.attempts(), by_key(complaints))


class StartWeb(Protocol):
    """Starts a process with these variables beside its usual ones."""

    def __call__(self, **variables: str) -> Web: ...


_COMPLAINTS = "SELECT number, text FROM complaints"
_TOLD = "SELECT subject FROM outbox WHERE name = 'complaint.registered'"


@contextmanager
def web(database: Database, keys: Path, folder: Path, variables: Mapping[str, str]) -> Iterator[Web]:
    """Start one and wait until it is ready; it is ended with the block."""
    port = free_port()
    with (folder / f"web-{port}.log").open("wb") as output:
        popen = subprocess.Popen(
            [sys.executable, "-m", "services", "intake", "web"],
            env={
                "PATH": os.environ["PATH"],
                "LINLI_JWKS_FILE": str(keys),
                "LINLI_INTAKE_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
                "LINLI_INTAKE_CLAIM_SECRET": "s" * 32,
                "LINLI_HTTP_PORT": str(port),
                "LINLI_LOG_LEVEL": "WARNING",
                "LINLI_DRAIN_SECONDS": "0",
                **variables,
            },
            cwd=Path(services.__path__[0]).parent,
            stdout=output,
            stderr=output,
        )
    made = Web(popen, port, database)
    try:
        eventually(made.ready, _START_SECONDS, interval=0.1)
        yield made
    finally:
        popen.terminate()
        popen.wait(30)
