"""A file system of its own that can be full (RELIABILITY F22)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from services.chassis.testing import eventually


class Volume:
    """A folder on a tmpfs of so many megabytes. Where nothing may be mounted it is a plain folder; `mounted` tells."""

    def __init__(self, megabytes: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="linli-volume-"))
        self._bytes = megabytes * 1024**2
        # The database server may run as another user, who has to get in.
        self.mounted = _mount("-t", "tmpfs", "-o", f"size={self._bytes},mode=755", "linli", str(self.folder))
        self.folder.chmod(0o755)

    def fill(self) -> None:
        """Leave no byte free."""
        assert self.mounted
        eventually(self._shrunk)

    def free(self) -> None:
        """Give the space back."""
        assert self._resized(self._bytes)

    def close(self) -> None:
        """Take it away with everything in it."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
        with suppress(OSError):
            self.folder.rmdir()

    def _shrunk(self) -> bool:
        # Fails when more was written meanwhile: a tmpfs cannot become smaller than what it holds.
        blocks = os.statvfs(self.folder)
        return self._resized((blocks.f_blocks - blocks.f_bfree) * blocks.f_frsize)

    def _resized(self, size: int) -> bool:
        return _mount("-o", f"remount,size={size}", str(self.folder))


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0
