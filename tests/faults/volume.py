"""A file system of its own, small enough to be filled (RELIABILITY F22)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

_CHUNK = bytes(4096)


class Volume:
    """A folder on a tmpfs of so many megabytes. Where nothing may be mounted it is a plain folder; `mounted` tells."""

    def __init__(self, megabytes: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="linli-volume-"))
        # The database server may run as another user, who has to get in.
        options = f"size={megabytes}m,mode=755"
        command = ["mount", "-t", "tmpfs", "-o", options, "linli-volume", str(self.folder)]
        self.mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
        self.folder.chmod(0o755)
        self._ballast = self.folder / "ballast"

    def fill(self) -> None:
        """Leave no byte free."""
        assert self.mounted
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            free = os.statvfs(self.folder)
            with suppress(OSError):
                os.posix_fallocate(ballast.fileno(), ballast.tell(), free.f_bavail * free.f_frsize)
            while True:
                ballast.write(_CHUNK)

    def free(self) -> None:
        """Give the space back."""
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        """Take it away with everything in it."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
        with suppress(OSError):
            self.folder.rmdir()
