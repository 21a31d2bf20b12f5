"""Other processes that a test starts, to kill them or to be another user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import services

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def run_python(code: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of ours in a process of its own, below `command` if one is given (AS_NOBODY)."""
    return subprocess.run(
        [*command, sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(services.__path__[0]).parent,
    )
