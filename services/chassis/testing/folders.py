"""Where test servers keep their data."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108
_ENOUGH = 2 * 1024**3


def new_server_folder() -> Path:
    """A new folder for the data of one server, in memory where there is room: a test's databases cost a sixth there.

    Not where nothing may be executed: a server whose user cannot reach its programs gets a copy beside its data.
    """
    parent = _MEMORY if _MEMORY.is_dir() and _roomy(_MEMORY) else None
    return Path(tempfile.mkdtemp(prefix="linli-test-", dir=parent))


def _roomy(folder: Path) -> bool:
    system = os.statvfs(folder)
    free = system.f_bavail * system.f_frsize
    return os.access(folder, os.W_OK) and free >= _ENOUGH and not system.f_flag & os.ST_NOEXEC
