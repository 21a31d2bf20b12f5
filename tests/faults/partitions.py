"""Links between nodes of one machine, cut by the packet filter on the loopback interface (RELIABILITY, Recipes)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import permutations

from tests.faults.cluster import Node

Rule = tuple[str, ...]


def possible() -> bool:
    """Whether we may filter packets here."""
    return os.geteuid() == 0 and shutil.which("iptables") is not None and _iptables("-L", "OUTPUT") == 0


@contextmanager
def cut(links: Iterable[tuple[Node, Node]]) -> Iterator[None]:
    """Lose every packet of the nodes to each other on these links, of connections old and new."""
    rules = [rule for link in links for rule in _rules(*link)]
    try:
        for rule in rules:
            assert _iptables("-I", "OUTPUT", *rule) == 0, rule
        yield
    finally:
        for rule in rules:
            _iptables("-D", "OUTPUT", *rule)


def _rules(one: Node, other: Node) -> Iterator[Rule]:
    """For new connections by port of distribution and owner of none yet; for those that exist by their two ports."""
    for local, remote in _connections(one, other):
        for source, target in permutations((local, remote)):
            yield _lost("--sport", source, "--dport", target)
    # Nobody else may be let in meanwhile: a link of the third node that exists has its own ports, and stays.
    for node in (one, other):
        yield ("-o", "lo", "-p", "tcp", "--syn", "--dport", str(node.ports.distribution), "-j", "DROP")


def _connections(one: Node, other: Node) -> Iterator[tuple[str, str]]:
    """The two ports of each connection between the nodes' distributions."""
    listed = subprocess.run(
        ["ss", "-Htnp", "state", "established"], capture_output=True, text=True, check=True
    )
    ends: dict[int, set[tuple[str, str]]] = {node.pid(): set() for node in (one, other)}
    for line in listed.stdout.splitlines():
        owner = re.search(r"pid=(\d+)", line)
        local, remote = line.split()[2:4]
        if owner and int(owner[1]) in ends:
            ends[int(owner[1])].add((local.rpartition(":")[2], remote.rpartition(":")[2]))
    of_one, of_other = (ends[node.pid()] for node in (one, other))
    for local, remote in of_one:
        if (remote, local) in of_other:
            yield local, remote


def _lost(*match: str) -> Rule:
    return ("-o", "lo", "-p", "tcp", *match, "-j", "DROP")


def _iptables(*arguments: str) -> int:
    return subprocess.run(["iptables", "-w", *arguments], capture_output=True, check=False).returncode
