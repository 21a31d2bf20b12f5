"""The data folder of a PostgreSQL server: made once, and made startable again after a crash."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from services.chassis.servers.daemon import ServerError
from services.chassis.servers.postgres_folder import PostgresFolder

USER = "postgres"

# Nothing of the environment of whoever starts us, which could redirect the server (PGPORT, …).
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def make_data(programs: Path, files: PostgresFolder, claim: int, *, durable: bool) -> None:
    """Make the data folder, whole or not at all however this ends: UTF-8, C locale, SCRAM only."""
    account, home = files.account(), files.home
    unfinished, password_file = home / "data.new", home / "password.initdb"
    shutil.rmtree(unfinished, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600, exist_ok=False)
    password_file.write_text(files.password())
    os.chown(password_file, account.uid, account.gid)
    account.make_folder(unfinished)
    made = subprocess.run(
        [
            str(programs / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            *([] if durable else ["--no-sync"]),
        ],
        check=False,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd=home,
        # Should we die now, the lock still tells that somebody works here.
        pass_fds=(claim,),
        start_new_session=True,
        **account.process_arguments(),
    )
    password_file.unlink()
    if made.returncode != 0:
        raise ServerError(f"initdb failed in {home}:\n{made.stdout}{made.stderr}")
    unfinished.rename(files.data)


def forget_dead_server(data: Path) -> None:
    """Remove the server's own lock file when the process it names is another one by now.

    Asked while we hold our lock, so no server of ours lives; but PostgreSQL refuses to start while any
    process of the same user has the number of the dead one. Without /proc that case is left to the operator.
    """
    file = data / "postmaster.pid"
    if not file.exists() or not Path("/proc/self/cwd").exists():
        return
    named = Path("/proc", file.read_text().split("\n", 1)[0], "cwd")
    try:
        dead = not named.exists() or not named.samefile(data)
    except PermissionError:
        # A process of another user, which PostgreSQL itself does not take for its own.
        return
    if dead:
        file.unlink()
