"""Linli as a user starts it: a command in a process of its own, with its folder and its ports."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

import services
from services.chassis.servers.daemon import free_port, port_is_free
from services.chassis.testing import eventually
from tests.e2e import group
from tests.e2e.client import PASSWORD, People

#: The gateway and two processes of each service listen one after the other.
_PORTS = 9
_READY_SECONDS = 240.0
_STOP_SECONDS = 60.0
_REPOSITORY = Path(services.__path__[0]).parent

#: Callbacks are tried again at once, and many tests sign in from one address.
_SETTINGS = {
    "LINLI_SAMPLE": "false",
    "LINLI_CALLBACK_PAUSE_MINUTES": "0.005",
    "LINLI_SIGN_INS_PER_ADDRESS": "600",
    "LINLI_SIGN_INS_PER_USERNAME": "600",
}


@dataclass
class Installation:
    """`linli run` or `linli up`, which differ in nothing else here than where their files lie.

    `program` is the module that is run; commands beside it are always typed as a user types them.
    """

    command: str
    home: Path = field(default_factory=lambda: _folder())
    port: int = field(default_factory=lambda: free_ports(_PORTS))
    settings: dict[str, str] = field(default_factory=dict)
    program: str = "services"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where everything answers."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def people(self) -> People:
        """Those who have an account."""
        return People(self.url)

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.program, self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                cwd=_REPOSITORY,
                start_new_session=True,
            )
        eventually(self._ready, _READY_SECONDS, interval=0.1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it in order, as Ctrl-C does."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(_STOP_SECONDS)

    def kill(self) -> None:
        """End every process of it as a crash would, servers included."""
        self._kill(self.processes())

    def kill_programs(self) -> None:
        """End its own programs as a crash would; the servers they started live on."""
        self._kill([pid for pid in self.processes() if _is_ours(pid)])

    def processes(self) -> list[int]:
        """Every process of it, servers included."""
        assert self.process is not None
        return [self.process.pid, *descendants(self.process.pid)]

    def gunicorn(self, role: str) -> int | None:
        """Process id of the gunicorn of a role such as `routing-worker`; an embedded installation has one for all."""
        assert self.process is not None
        if self.command != "up":
            return self.process.pid
        with suppress(OSError, ValueError):
            pid = int((self.home / f"up/run/{role}.pid").read_text())
            return pid if alive(pid) else None
        return None

    def serving(self, role: str) -> int | None:
        """Process id of what does the work of a role, None while there is nothing."""
        arbiter = self.gunicorn(role)
        found = [pid for pid in descendants(arbiter) if _is_ours(pid) and alive(pid)] if arbiter else []
        return found[0] if found else None

    def remove(self) -> None:
        """End it in whatever state it is, and leave nothing behind."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        self.linli("reset")
        shutil.rmtree(self.home, ignore_errors=True)

    def linli(self, *arguments: str) -> str:
        """What a command typed beside it prints; fails if it fails."""
        done = subprocess.run(
            self.command_line(*arguments),
            check=False,
            capture_output=True,
            text=True,
            env=self._environment(),
            cwd=_REPOSITORY,
        )
        assert done.returncode == 0, f"linli {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def command_line(self, *arguments: str) -> list[str]:
        """How a command is typed beside it."""
        return [sys.executable, "-m", "services", "--env-file", str(self.variables), *arguments]

    @property
    def variables(self) -> Path:
        """The file with the settings for commands."""
        return self.home / ("up/env" if self.command == "up" else "env")

    def found(self) -> None:
        """Make the first account by the command line, and all else as that operator."""
        account = ("--name", "运维", "--role", "operator", "--path", "linli", "--password", PASSWORD)
        self.linli("accounts", "create", group.OPERATOR, *account)
        group.found(self.people)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all processes, of the samples with these labels."""
        ports = range(self.port, self.port + _PORTS) if self.command == "up" else [self.port]
        totals: defaultdict[str, float] = defaultdict(float)
        for port in ports:
            text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    if labels.items() <= sample.labels.items():
                        totals[sample.name] += sample.value
        return totals[name]

    def output(self) -> str:
        """What the command printed since it was first started."""
        return self._output.read_text(errors="replace")

    def log(self) -> str:
        """The end of everything it wrote."""
        logs = [self._output, self.home / "linli.log", *sorted(self.home.glob("up/run/*.log"))]
        return "\n".join(f"== {log.name}\n{_ending(log)}" for log in logs if log.exists())

    def _kill(self, pids: list[int]) -> None:
        assert self.process is not None
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(_STOP_SECONDS)
        eventually(lambda: not any(alive(pid) for pid in pids))

    @property
    def _output(self) -> Path:
        return self.home / "output.log"

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
        return {
            **inherited,
            **_SETTINGS,
            **self.settings,
            "LINLI_HOME": str(self.home),
            "LINLI_HTTP_PORT": str(self.port),
        }

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"linli {self.command} ended\n{self.log()}")
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        return False


def free_ports(number: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = free_port()
        if all(port_is_free(port) for port in range(first, first + number)):
            return first


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be noticed as ended does not."""
    with suppress(OSError):
        return _status(pid)[0] != "Z"
    return False


def _status(pid: int) -> list[str]:
    # After the name in brackets: state, parent.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _is_ours(pid: int) -> bool:
    with suppress(OSError):
        return b"services" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="linli-e2e-"))
    # The database server may run as another user, who has to get in.
    folder.chmod(0o755)
    return folder


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            child = int(process.name)
            children[int(_status(child)[1])].append(child)
    found = list(children[pid])
    for each in found:
        found += children[each]
    return found


def _ending(log: Path, lines: int = 40) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
