"""Who listens where, as the kernel tells it (Linux)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_LISTEN = "0A"


def listening_addresses(session: int) -> set[str]:
    """IP addresses on which processes of a session (see `setsid`) listen with TCP."""
    inodes = {inode for pid in _processes_of(session) for inode in open_sockets(pid)}
    return {address for inode, address in _listening() if inode in inodes}


def open_sockets(pid: int) -> set[str]:
    """Inodes of the sockets a process has open; one that two processes list is shared by them."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    return inodes


def _processes_of(session: int) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # After the name in brackets: state, parent, process group, session.
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                yield int(process.name)


def _listening() -> Iterator[tuple[str, str]]:
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN:
                yield fields[9], socket.inet_ntop(family, _in_network_order(fields[1].partition(":")[0]))


def _in_network_order(words: str) -> bytes:
    """The kernel prints each word of 32 bits as a number of this machine, little-endian in practice."""
    return b"".join(bytes.fromhex(words[start : start + 8])[::-1] for start in range(0, len(words), 8))
