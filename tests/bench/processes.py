"""Processes as the kernel counts them: trees, CPU seconds, and how busy everybody else keeps the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
#: Seconds an orderly end may take before what is left is killed.
_ENDING = 20.0


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            children[int(_fields(int(process.name))[1])].append(int(process.name))
    found = [pid]
    for each in found:
        found += children[each]
    return found


def cpu(pid: int) -> float:
    """CPU seconds of a process tree, children that ended included."""
    return sum(cpu_of_one(each) for each in tree(pid))


def cpu_of_one(pid: int) -> float:
    """CPU seconds of a process and of those of its children that ended; 0 when it is gone."""
    with suppress(OSError):
        # utime, stime, cutime, cstime: the 14th to 17th field, counted from the state, which is the third.
        return sum(int(ticks) for ticks in _fields(pid)[11:15]) / _TICK
    return 0.0


def machine_cpu() -> float:
    """CPU seconds that the machine has worked, whoever for."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks[:8]) - idle) / _TICK


def own_cpu() -> float:
    """CPU seconds of this program, which fills queues and counts."""
    used = os.times()
    return used.user + used.system


def wait_for_quiet(limit: float = 5.0, busy: float = 0.4) -> None:
    """Wait up to `limit` seconds until others use less than `busy` cores."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        before, since = machine_cpu(), time.monotonic()
        time.sleep(0.4)
        if (machine_cpu() - before) / (time.monotonic() - since) < busy:
            return


def start(
    command: Iterable[str], environment: Mapping[str, str], log: Path, folder: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own; what it writes is appended to `log`."""
    with log.open("ab") as file:
        return subprocess.Popen(
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )


def end(process: subprocess.Popen[Any]) -> None:
    """Ask a program to end, and kill its session when it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ENDING)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def output_of(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, limit: float
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; however it ends, nothing that it started is left.

    Raises `subprocess.TimeoutExpired` after `limit` seconds.
    """
    process = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A signal to our group must not end it alone: what it started could not be found any more.
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=limit)
    finally:
        if process.poll() is None:
            for pid in tree(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


@dataclass(frozen=True)
class Used:
    """Seconds passed, CPU seconds by name since a `Meter` was started, and the cores that others kept busy."""

    seconds: float
    cpu: Mapping[str, float]
    foreign: float


class Meter:
    """Counts CPU seconds of what is measured from now on."""

    def __init__(self, parts: Mapping[str, Callable[[], float]]) -> None:
        self._parts = parts
        self._began = time.perf_counter()
        self._before = {name: read() for name, read in parts.items()}
        self._machine, self._own = machine_cpu(), own_cpu()

    def read(self) -> Used:
        """What was used until now."""
        seconds = time.perf_counter() - self._began
        used = {name: read() - self._before[name] for name, read in self._parts.items()}
        others = machine_cpu() - self._machine - (own_cpu() - self._own) - sum(used.values())
        return Used(seconds, used, max(0.0, others / seconds))


def _fields(pid: int) -> list[str]:
    # After the name in brackets: state, parent, …
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
