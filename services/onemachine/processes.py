"""The processes of the roles: started, found again, and ended in order."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from services.chassis.servers.account import own_account
from services.chassis.servers.daemon import Daemon, ServerError, wait_for
from services.chassis.settings import GRACE_SECONDS
from services.onemachine.plan import WORKER, Role

#: gunicorn kills what is left after the grace.
_STOP_SECONDS = GRACE_SECONDS + 10.0
_PROBE_SECONDS = 2.0


class RoleProcess:
    """gunicorn with its serving process, known by a lock that both hold (see `Daemon`), never by a process id alone."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._daemon = Daemon(folder, name)

    @property
    def log(self) -> Path:
        """What the process writes."""
        return self._daemon.log

    def running(self) -> bool:
        """Whether it is whole: a serving process that lost its gunicorn is not."""
        return not self._daemon.ended() and self._daemon.running()

    def start(self, role: Role, listener: socket.socket) -> None:
        """Start it, after killing what a crash has left of the one before; it answers at `listener`. Raises ServerError."""
        end_all([self], signal.SIGKILL)
        claim = self._daemon.claim()
        if claim is None:
            raise ServerError(f"{self.name} is being started by another")
        try:
            environment = {**role.environment, "LINLI_HTTP_SOCKET": str(listener.fileno())}
            self._daemon.spawn(
                claim, role.command, environment, own_account(), Path.cwd(), [listener.fileno()]
            )
            wait_for(lambda: self._daemon.ended() or self.pid() is not None, 5.0)
        finally:
            os.close(claim)

    def pid(self) -> int | None:
        """Process id of gunicorn, which is also that of its group."""
        with suppress(ProcessLookupError):
            return self._daemon.pid()
        return None

    def remains(self) -> bool:
        """Whether any process of it still lives."""
        return self._daemon.running()


def answers(role: Role) -> bool:
    """Whether the process of this role is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", role.port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def left_over(folder: Path) -> list[RoleProcess]:
    """The processes whose files are in `folder`, whoever started them."""
    return [RoleProcess(file.stem, folder) for file in sorted(folder.glob("*.pid"))]


def end_in_order(processes: Iterable[RoleProcess]) -> None:
    """End what answers requests, then the workers, so that what was accepted last is still relayed."""
    everything = list(processes)
    workers = [process for process in everything if process.name.endswith(f"-{WORKER}")]
    for group in ([process for process in everything if process not in workers], workers):
        end_all(group, signal.SIGTERM)


def end_all(processes: Sequence[RoleProcess], number: signal.Signals) -> None:
    """Send the signal to all and wait until no process of theirs is left; what outlasts that is killed. Raises ServerError."""
    for process in processes:
        _send(process, number)
    if number != signal.SIGKILL and wait_for(lambda: not _any(processes), _STOP_SECONDS):
        return
    for process in processes:
        _send(process, signal.SIGKILL)
    if not wait_for(lambda: not _any(processes), _STOP_SECONDS):
        names = [process.name for process in processes if process.remains()]
        raise ServerError(f"did not end: {', '.join(names)}")


def _any(processes: Iterable[RoleProcess]) -> bool:
    return any(process.remains() for process in processes)


def _send(process: RoleProcess, number: signal.Signals) -> None:
    pid = process.pid()
    if pid is None:
        return
    with suppress(ProcessLookupError):
        # A kill must reach the serving process too; a request to end goes to gunicorn, which passes it on.
        (os.killpg if number == signal.SIGKILL else os.kill)(pid, number)
