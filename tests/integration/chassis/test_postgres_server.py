"""The private PostgreSQL server, for real."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from services.chassis.servers.account import server_account
from services.chassis.servers.daemon import ServerError
from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.postgres_programs import embedded_binaries, installed_binaries
from services.chassis.testing import eventually
from services.chassis.testing.processes import run_python
from services.chassis.testing.servers import MakePostgresServer, missing
from services.chassis.testing.sockets import listening_addresses


def query(url: str, statement: str) -> object:
    engine = create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        value = result.scalar() if result.returns_rows else None
    engine.dispose()
    return value


@pytest.mark.parametrize("source", ["embedded", "installed"])
@pytest.mark.parametrize("durable", [True, False])
def test_a_new_server_answers_with_a_utf8_database(
    make_postgres_server: MakePostgresServer, source: str, durable: bool
) -> None:
    binaries = embedded_binaries() if source == "embedded" else installed_binaries()
    if binaries is None:
        missing("no PostgreSQL of version 15 or newer is installed")
    server = make_postgres_server(binaries=binaries, durable=durable)

    server.start()
    server.create_database("intake")
    server.create_database("intake")

    url = server.url("intake")
    assert url.startswith("postgresql+psycopg://")
    assert query(url, "SELECT '邻里' || current_setting('server_encoding')") == "邻里UTF8"
    assert query(url, "SHOW max_connections") == "200"
    assert query(url, "SHOW fsync") == ("on" if durable else "off")


def test_a_database_is_copied_from_a_template_and_dropped_while_in_use(
    make_postgres_server: MakePostgresServer,
) -> None:
    server = make_postgres_server()
    server.start()
    server.create_database("template_of_mine")
    query(server.url("template_of_mine"), "CREATE TABLE kept AS SELECT 7 AS n")

    server.create_database("copy", template="template_of_mine")

    with psycopg.connect(server.url("copy").replace("+psycopg", ""), autocommit=True) as session:
        assert session.execute("SELECT n FROM kept").fetchone() == (7,)
        server.drop_database("copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(server.url("copy").replace("+psycopg", ""))


@pytest.mark.parametrize("listen_tcp", [True, False])
def test_what_is_committed_outlives_a_killed_server(
    make_postgres_server: MakePostgresServer, listen_tcp: bool
) -> None:
    server = make_postgres_server(durable=True, listen_tcp=listen_tcp)
    server.start()
    url = server.url("postgres")
    query(url, "CREATE TABLE kept AS SELECT 7 AS n")

    server.kill()
    server.start()

    assert server.url("postgres") == url
    assert query(url, "SELECT n FROM kept") == 7


def test_a_server_whose_parent_was_killed_is_adopted(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    run_python(
        f"""
import os, signal
from pathlib import Path
from services.chassis.servers.postgres import PostgresServer
server = PostgresServer(Path({str(server_folder / "server")!r}), Path({str(embedded_binaries())!r}), durable=False)
server.start()
server.create_database("of_the_dead_parent")
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    server = make_postgres_server()
    left_behind = server.pid()

    server.start()

    assert server.pid() == left_behind
    assert query(server.url("of_the_dead_parent"), "SELECT 1") == 1
    server.stop()
    assert not server.running()


def test_of_many_that_start_it_at_once_one_starts_the_server(
    make_postgres_server: MakePostgresServer,
) -> None:
    servers = [make_postgres_server(listen_tcp=True) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(PostgresServer.start, servers))

    assert len({server.pid() for server in servers}) == 1
    assert len({server.url("postgres") for server in servers}) == 1
    assert query(servers[0].url("postgres"), "SELECT 1") == 1


def test_a_process_that_got_the_number_of_a_dead_server_is_left_alone(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    server = make_postgres_server()
    server.start()
    server.kill()
    bystander = subprocess.Popen(["/bin/sleep", "600"], **server_account().process_arguments())
    try:
        folder = server_folder / "server"
        (folder / "postgres.pid").write_text(f"{bystander.pid}\n")
        for theirs in (folder / "data" / "postmaster.pid", folder / "socket" / ".s.PGSQL.5432.lock"):
            theirs.write_text(
                theirs.read_text().replace(theirs.read_text().split("\n")[0], str(bystander.pid), 1)
            )

        assert not server.running()
        server.stop()
        server.start()

        assert server.pid() != bystander.pid
        server.stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("listen_tcp", [True, False])
def test_a_wrong_password_is_refused(make_postgres_server: MakePostgresServer, listen_tcp: bool) -> None:
    server = make_postgres_server(listen_tcp=listen_tcp)
    server.start()
    url = server.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url) as session:
        right = session.info.password

    for wrong in ("", "guessed", right[:-1]):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(right, wrong))


@pytest.mark.parametrize(("listen_tcp", "addresses"), [(False, set()), (True, {"127.0.0.1"})])
def test_it_listens_on_no_foreign_address(
    make_postgres_server: MakePostgresServer, listen_tcp: bool, addresses: set[str]
) -> None:
    server = make_postgres_server(listen_tcp=listen_tcp)

    server.start()

    assert listening_addresses(server.pid()) == addresses


def test_a_port_taken_meanwhile_is_given_up(make_postgres_server: MakePostgresServer) -> None:
    server = make_postgres_server(listen_tcp=True)
    server.start()
    before = psycopg.conninfo.conninfo_to_dict(server.url("postgres").replace("+psycopg", ""))["port"]
    server.stop()

    with socket.create_server(("127.0.0.1", int(str(before)))):
        server.start()

    assert f":{before}/" not in server.url("postgres")
    assert query(server.url("postgres"), "SELECT 1") == 1


def test_a_folder_too_deep_for_a_socket_gets_a_short_private_one(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    server = make_postgres_server(folder=server_folder / ("deep" * 20) / "server")

    server.start()

    short = Path((server_folder / ("deep" * 20) / "server" / "socket-location").read_text())
    assert stat.S_IMODE(short.stat().st_mode) == 0o700
    assert query(server.url("postgres"), "SELECT 1") == 1
    server.stop()
    assert not short.exists()


def test_interrupted_initialisation_is_made_anew(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    half_made = server_folder / "server" / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("16\n")
    server = make_postgres_server()

    server.start()

    assert query(server.url("postgres"), "SELECT 1") == 1
    assert not half_made.exists()


def test_a_server_that_cannot_start_tells_the_end_of_its_log(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    server = make_postgres_server()
    server.start()
    server.stop()
    with (server_folder / "server" / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")

    with pytest.raises(ServerError, match="no_such_setting"):
        server.start()

    assert not server.running()


def test_ctrl_c_and_other_users_do_not_reach_the_server(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    server = make_postgres_server()
    server.start()

    assert os.getsid(server.pid()) == server.pid()
    assert stat.S_IMODE((server_folder / "server" / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((server_folder / "server" / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((server_folder / "server" / "socket").stat().st_mode) == 0o700
    password = (server_folder / "server" / "password").read_text()
    assert password not in Path(f"/proc/{server.pid()}/cmdline").read_text()


def test_stop_and_remove_may_be_repeated_and_need_no_server(
    make_postgres_server: MakePostgresServer, server_folder: Path
) -> None:
    server = make_postgres_server()

    server.stop()
    server.start()
    server.stop()
    server.stop()
    server.remove()
    server.remove()

    assert not (server_folder / "server").exists()


def test_sessions_of_a_killed_server_are_gone_before_it_starts_again(
    make_postgres_server: MakePostgresServer,
) -> None:
    server = make_postgres_server()
    server.start()
    session = psycopg.connect(server.url("postgres").replace("+psycopg", ""))
    backend = session.info.backend_pid

    server.kill()

    assert not Path(f"/proc/{backend}").exists() or eventually(lambda: not Path(f"/proc/{backend}").exists())
    server.start()
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    session.close()


def test_the_fixture_gives_each_test_an_empty_database(database_url: str) -> None:
    query(database_url, "CREATE TABLE mine ()")

    assert query(database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1


def test_the_next_test_sees_nothing_of_it(database_url: str) -> None:
    assert query(database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
