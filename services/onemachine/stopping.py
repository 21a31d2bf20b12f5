"""Everything of an installation ended in order, by whatever it was started, and removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from services.chassis.servers.postgres import PostgresServer
from services.onemachine.processes import end_in_order, left_over
from services.onemachine.servers import private

#: What `linli run` keeps in its home besides its database.
_EMBEDDED = ("env", "keys.json", "jwks.json", "claim-secret", "linli.log", "run.pid", "sample-done")


def stop_all(folder: Path) -> None:
    """End every process and private server below `folder`: what answers requests, workers, then servers. Raises ServerError."""
    (folder / "ready").unlink(missing_ok=True)
    end_in_order(left_over(folder / "run"))
    for server in private(folder):
        server.stop()


def remove_all(home: Path, folder: Path) -> None:
    """Remove the data of `linli up` in `folder` and of `linli run` in `home`, and nothing else that lies there."""
    stop_all(folder)
    for server in (*private(folder), PostgresServer(home / "postgres", Path())):
        server.remove()
    shutil.rmtree(folder, ignore_errors=True)
    for name in _EMBEDDED:
        (home / name).unlink(missing_ok=True)
    if home.exists() and not any(home.iterdir()):
        home.rmdir()
