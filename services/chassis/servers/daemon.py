"""A background process of ours, known by the lock it holds."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from services.chassis.servers.account import Account

# Below the range from which the kernel takes outgoing ports (32768 and up on Linux): a client that keeps
# calling a stopped server there would one day be connected to itself, or take the port for good.
_PORTS = range(20000, 32768)


class ServerError(RuntimeError):
    """A private server could not be started or stopped; the text is for whoever runs Linli."""


class Daemon:
    """One process that outlives its parent and can be found again by any later one.

    The process inherits a locked file and keeps it open, as do its children. So the lock is free exactly when
    all of them are gone: a recycled process id or a zombie is never taken for ours, and of two who start
    the same server at once one wins. The file also holds the process id, written by the process itself.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._pid_file = folder / f"{name}.pid"
        self._child: subprocess.Popen[bytes] | None = None
        self.log = folder / f"{name}.log"

    def claim(self) -> int | None:
        """The descriptor of the lock, to be closed by the caller, or None while a process holds it."""
        return self._locked(fcntl.LOCK_EX)

    def running(self) -> bool:
        """Whether the process, or a child it left behind, still lives."""
        if self._child is not None:
            self._child.poll()
        if not self._pid_file.exists():
            return False
        descriptor = self._locked(fcntl.LOCK_SH)
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def spawn(
        self,
        claim: int,
        command: Sequence[str],
        environment: Mapping[str, str],
        account: Account,
        folder: Path,
        inherited: Sequence[int] = (),
    ) -> None:
        """Start `command` in `folder`, in a session of its own so that Ctrl-C reaches only us.

        It also gets the descriptors `inherited`, under the same numbers.
        """
        os.ftruncate(claim, 0)
        os.lseek(claim, 0, os.SEEK_SET)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                # Standard output is first the locked file, for the process id, and then the log.
                ["/bin/sh", "-c", 'echo $$; exec "$@" >&2', "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=claim,
                stderr=log,
                pass_fds=(claim, *inherited),
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
                umask=0o077,
                **account.process_arguments(),
            )

    def ended(self) -> bool:
        """Whether the process that this object has spawned is over (asked while the claim is still held)."""
        return self._child is not None and self._child.poll() is not None

    def give_up(self) -> None:
        """Kill the process that this object has spawned, and wait for its end."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def pid(self) -> int:
        """Process id of the running process; ProcessLookupError where there is none."""
        written = self._pid_file.read_text().strip() if self.running() else ""
        if not written:
            raise ProcessLookupError(f"no process holds {self._pid_file}")
        return int(written)

    def end(self, signals: Sequence[tuple[signal.Signals, float]]) -> bool:
        """Send the signals in turn, each followed by its wait in seconds; whether the process is gone."""
        for number, seconds in signals:
            with suppress(ProcessLookupError):
                os.kill(self.pid(), number)
            if wait_for(lambda: not self.running(), seconds):
                return True
        return False

    def log_ending(self) -> str:
        """Where the log is and its last lines, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"{self.log} ends:", *lines[-20:]])

    def _locked(self, kind: int) -> int | None:
        descriptor = os.open(self._pid_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask until the condition holds; False when it did not within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now. Another may take it: whoever uses it must retry."""
    while True:
        port = random.choice(_PORTS)  # noqa: S311  (no secret)
        if port_is_free(port):
            return port


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
