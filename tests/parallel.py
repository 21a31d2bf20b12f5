"""How the tests are shared out among the workers of pytest-xdist, and how those end before their time.

Files stay whole, in the order of the collection. What uses an installation stays together, whatever file it is in:
so each is started once.
"""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from types import FrameType
from typing import NoReturn

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

#: The parameter that names the installation a test uses, or the folder that has one of its own.
_INSTALLATION = re.compile(
    r"^tests/(?:e2e|faults)/.*[\[-](embedded|onemachine)[\]-]|^tests/faults/(outages)/"
)
#: Longer than the fixtures of one worker take to stop all their servers.
_STOP_SECONDS = 120.0


def together(nodeid: str) -> str:
    """The name of what runs in one worker: tests of the same name are not parted."""
    installation = _INSTALLATION.match(nodeid)
    return (installation[1] or installation[2]) if installation else nodeid.split("::")[0]


class FilesAndInstallations(LoadScopeScheduling):
    """Shares out whole files, and all tests of one installation at once."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


class Workers:
    """The workers of this run, known to the process that shares the tests out."""

    def __init__(self) -> None:
        self._nodes: list[WorkerController] = []

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> FilesAndInstallations:
        """Keep the order too: by default xdist begins with the largest files."""
        config.option.loadscopereorder = False
        return FilesAndInstallations(config, log)

    def pytest_testnodeready(self, node: WorkerController) -> None:
        """Remember a worker that has been started."""
        self._nodes.append(node)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Interrupt the workers with us, and wait for the servers they stop: xdist would kill them after ten seconds."""
        if exitstatus != pytest.ExitCode.INTERRUPTED:
            return
        for node in self._nodes:
            with suppress(ProcessLookupError):
                os.kill(node.gateway._rinfo().pid, signal.SIGINT)
        for node in self._nodes:
            with suppress(node.channel.RemoteError, node.channel.TimeoutError):
                node.channel.waitclose(_STOP_SECONDS)


def interrupt_once(number: int, frame: FrameType | None) -> NoReturn:
    """Interrupt what runs, but not the fixtures that stop their servers because of it."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    signal.default_int_handler(number, frame)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """End at SIGTERM as at Ctrl-C, so that the fixtures stop the servers they started."""
    in_worker = hasattr(config, "workerinput")
    signal.signal(signal.SIGTERM, interrupt_once if in_worker else signal.default_int_handler)
    if in_worker:
        signal.signal(signal.SIGINT, interrupt_once)
    elif config.pluginmanager.has_plugin("dsession"):
        config.pluginmanager.register(Workers())
