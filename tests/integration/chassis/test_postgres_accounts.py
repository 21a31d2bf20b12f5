"""Whom the private PostgreSQL server runs as, and where that user can reach it."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import psycopg
import pytest

from services.chassis.servers.account import server_account
from services.chassis.servers.daemon import ServerError
from services.chassis.servers.postgres_programs import embedded_binaries
from services.chassis.testing.processes import AS_NOBODY, run_python
from services.chassis.testing.servers import MakePostgresServer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")


def test_for_root_the_server_runs_unprivileged_and_nothing_outside_its_folder_changes(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    watched = [
        server_folder,
        server_folder.parent,
        Path("/etc/passwd"),
        Path("/etc/group"),
        Path("/root"),
        Path("/var/lib"),
    ]

    def state() -> list[tuple[int, int, int]]:
        return [(s.st_mode, s.st_uid, s.st_gid) for s in (path.stat() for path in watched)]

    before, users = state(), Path("/etc/passwd").read_text()
    server = make_postgres_server()

    server.start()

    assert Path(f"/proc/{server.pid()}").stat().st_uid == server_account().uid != 0
    assert state() == before
    assert Path("/etc/passwd").read_text() == users
    assert [path.name for path in server_folder.iterdir()] == ["server"]
    server.remove()
    assert state() == before
    assert list(server_folder.iterdir()) == []


def test_below_a_closed_folder_data_and_programs_lie_where_the_server_can_reach_them(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    closed = server_folder / "closed"
    closed.mkdir(mode=0o700)
    package = embedded_binaries().parents[1]
    for source in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, closed / source.relative_to(package.parent))
    server = make_postgres_server(
        folder=closed / "server", binaries=closed / package.name / "pginstall" / "bin"
    )

    server.start()
    server.create_database("kept")
    server.kill()
    server.start()

    psycopg.connect(server.url("kept").replace("+psycopg", "")).close()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    home = Path((closed / "server" / "location").read_text())
    assert stat.S_IMODE(home.stat().st_mode) == 0o710
    server.remove()
    assert not home.exists()
    assert not (closed / "server").exists()


def test_data_gone_from_outside_are_not_silently_made_anew(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    closed = server_folder / "closed"
    closed.mkdir(mode=0o700)
    server = make_postgres_server(folder=closed / "server")
    server.start()
    server.stop()
    shutil.rmtree((closed / "server" / "location").read_text())

    with pytest.raises(ServerError, match="location"):
        server.start()


def test_another_user_starts_a_server_of_his_own(server_folder: Path) -> None:
    if shutil.which("setpriv") is None or run_python("", *AS_NOBODY).returncode != 0:
        pytest.skip("user nobody cannot run this Python here")
    server_folder.chmod(0o777)

    ran = run_python(
        f"""
import os
from pathlib import Path
from services.chassis.servers.postgres import PostgresServer
server = PostgresServer(Path({str(server_folder / "server")!r}), Path({str(embedded_binaries())!r}), durable=False)
server.start()
server.create_database("mine")
server.kill()
server.start()
print(Path(f"/proc/{{server.pid()}}").stat().st_uid, os.geteuid())
server.remove()
""",
        *AS_NOBODY,
    )

    assert ran.stdout == "65534 65534\n", ran.stderr
    assert list(server_folder.iterdir()) == []
