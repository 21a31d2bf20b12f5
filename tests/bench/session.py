"""What all benches of one run share: the servers, our founded installation, the peers where there are any."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.machine import Machine, machine
from tests.bench.ours import Ours
from tests.bench.peers import Environments, Peers, environments
from tests.bench.settings import BenchSettings


@dataclass(frozen=True)
class Options:
    """What is asked for: the implementations (all if none), how many rounds, events of a run, seconds for each bench."""

    only: tuple[str, ...] = ()
    repeats: int = 3
    events: int = 12_000
    seconds: float = 600.0
    stored: int = 1_000_000
    facts: int = 10_000_000

    def wanted(self, name: str) -> bool:
        """Whether this implementation is to be run."""
        return not self.only or name in self.only


@dataclass(frozen=True)
class Session:
    """The servers run and the group is founded."""

    options: Options
    machine: Machine
    ours: Ours
    peers: Peers | None
    environments: Environments | None


@contextmanager
def session(settings: BenchSettings, options: Options) -> Iterator[Session]:
    """Bring everything up; nothing is left of it afterwards but the peers' environments in the cache."""
    interpreters = _environments(settings)
    with machine() as servers:
        ours = Ours(servers)
        ours.found()
        peers = Peers(servers, settings, interpreters) if interpreters else None
        yield Session(options, servers, ours, peers, interpreters)


def _environments(settings: BenchSettings) -> Environments | None:
    if not settings.programs.is_dir():
        print(
            f"没有对照组程序 {settings.programs} | no programs of peers: only ours is measured",
            file=sys.stderr,
        )
        return None
    try:
        return environments(settings)
    except subprocess.CalledProcessError as error:
        print(f"对照组环境安装失败 | peers cannot be installed: {error}", file=sys.stderr)
        return None
