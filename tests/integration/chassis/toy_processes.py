"""The toy service as real processes, and what is seen of them from outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

import services
from services.chassis.auth.keys import new_key_set, public, write_key_set
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.envelope import encode
from services.chassis.servers.daemon import free_port
from services.chassis.testing import eventually
from services.chassis.testing.services import make_event
from services.chassis.transport import Message, Transport
from tests.integration.chassis.conftest import CATALOGUE
from tests.integration.chassis.messages import send

_START_SECONDS = 90.0


@dataclass
class ToyProcess:
    """One role of the toy ledger; `url` is where it answers."""

    popen: subprocess.Popen[bytes]
    url: str
    log: Path

    def ready(self) -> bool:
        """Whether `/readyz` says yes. Fails when the process has ended."""
        assert self.popen.poll() is None, self.log.read_text()
        return self.get("/readyz") == 200

    def get(self, path: str) -> int | None:
        """The status of a probe, None where nothing answers."""
        try:
            return requests.get(f"{self.url}{path}", timeout=5).status_code
        except requests.RequestException:
            return None

    def metrics(self) -> dict[str, float]:
        """What `/metrics` tells, by the text of the series."""
        answer = requests.get(f"{self.url}/metrics", timeout=5)
        assert answer.status_code == 200
        return {
            series: float(value)
            for series, value in re.findall(r"^([^#\s]\S*) (\S+)$", answer.text, re.MULTILINE)
        }

    def ended_within(self, seconds: float) -> float:
        """Seconds until the process has ended. Fails when that takes longer."""
        clock = SystemClock()
        asked = clock.monotonic()
        code = self.popen.wait(seconds)
        assert code == 0, self.log.read_text()
        return clock.monotonic() - asked


@dataclass
class Toys:
    """Starts processes of the toy ledger in one environment."""

    environment: dict[str, str]
    folder: Path
    started: list[ToyProcess] = field(default_factory=list)

    def start(self, role: str, **variables: str) -> ToyProcess:
        """Start a role and wait until it is ready."""
        port = free_port()
        log = self.folder / f"{role}-{len(self.started)}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.chassis.toy_service", role],
                env={**self.environment, "LINLI_HTTP_PORT": str(port), **variables},
                cwd=Path(services.__path__[0]).parent,
                stdout=output,
                stderr=output,
            )
        process = ToyProcess(popen, f"http://127.0.0.1:{port}", log)
        self.started.append(process)
        eventually(process.ready, timeout=_START_SECONDS)
        return process

    def kill(self) -> None:
        """End whatever still runs, at once."""
        for process in self.started:
            if process.popen.poll() is None:
                process.popen.kill()
            process.popen.wait(10)


@contextmanager
def toys(books: Database, folder: Path, **variables: str) -> Iterator[Toys]:
    """Processes over the database `books`, all ended at the end; `variables` say which queues they use."""
    keys = folder / "jwks.json"
    write_key_set(keys, public(new_key_set()))
    environment = {
        "PATH": os.environ["PATH"],
        "LINLI_JWKS_FILE": str(keys),
        "LINLI_LOG_LEVEL": "WARNING",
        "TOY_DATABASE_URL": books.engine.url.render_as_string(hide_password=False),
        **variables,
    }
    made = Toys(environment, folder)
    try:
        yield made
    finally:
        made.kill()


def sell(transport: Transport, *amounts: int) -> None:
    """Send so many sales to the ledger."""
    events = [
        make_event("shop.sold", f"till-{number}", {"amount": amount}, source="shop")
        for number, amount in enumerate(amounts)
    ]
    messages = [Message(event.id, event.name, encode(event, CATALOGUE)) for event in events]
    assert all(send(transport, *messages))
