"""The user a server runs as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

# In this order; both exist already where they exist, none is ever made.
_UNPRIVILEGED = ("postgres", "nobody")


class ProcessArguments(TypedDict, total=False):
    """What `subprocess` must be told to change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A user of this machine by its numbers."""

    uid: int
    gid: int

    def is_ours(self) -> bool:
        """Whether it is the user this process runs as, so that nothing needs to change."""
        return self.uid == os.geteuid()

    def process_arguments(self) -> ProcessArguments:
        """Arguments for `subprocess` that start a process as this user, with its own group alone."""
        if self.is_ours():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether the user may traverse every folder down to this one (asked of the system, not computed)."""
        asked = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$0"', str(folder)], check=False, cwd="/", **self.process_arguments()
        )
        return asked.returncode == 0

    def can_run(self, program: Path) -> bool:
        """Whether `program --version` works for this user."""
        try:
            asked = subprocess.run(
                [str(program), "--version"],
                check=False,
                capture_output=True,
                cwd="/",
                **self.process_arguments(),
            )
        except PermissionError:
            return False
        return asked.returncode == 0

    def let_enter(self, folder: Path) -> None:
        """Let this user, and nobody else besides its owner, traverse a folder of ours."""
        if not self.is_ours():
            os.chown(folder, -1, self.gid)
            folder.chmod(0o710)

    def make_folder(self, folder: Path) -> None:
        """Make a folder that this user owns and no other may enter, unless it is there."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if not self.is_ours():
            os.chown(folder, self.uid, self.gid)


def own_account() -> Account:
    """The user this process runs as."""
    return Account(os.geteuid(), os.getegid())


def server_account() -> Account:
    """The user for a server that refuses root: ourselves, or for root an unprivileged one that exists."""
    if os.geteuid() != 0:
        return own_account()
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LookupError(f"as root a server needs one of the users {', '.join(_UNPRIVILEGED)}")


def owner(path: Path) -> Account:
    """The user a path belongs to."""
    status = path.stat()
    return Account(status.st_uid, status.st_gid)
