"""A private PostgreSQL server."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL

from services.chassis.servers.daemon import Daemon, ServerError, free_port, port_is_free, wait_for
from services.chassis.servers.files import write_whole
from services.chassis.servers.postgres_data import ENVIRONMENT, USER, forget_dead_server, make_data
from services.chassis.servers.postgres_folder import PostgresFolder
from services.chassis.servers.postgres_programs import runnable_binaries

_START_SECONDS = 60.0
_PORT_ATTEMPTS = 5
# Without TCP the port only names the socket.
_SOCKET_PORT = 5432

_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "64MB",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "log_checkpoints": "off",
    # Statements and details quote rows, and logs carry no personal data (DESIGN §2.8).
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Commits are still handed to the system at once: a killed server loses nothing, only a machine does.
_NOT_DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresServer:
    """A server with all its data in `folder`, run by the programs in `binaries` (DESIGN §3).

    It answers on a private socket, or with `listen_tcp` on a free port of 127.0.0.1, and only to a generated
    password. Without `durable` a crash of the machine may destroy its data: for tests. `settings` win over our own.
    """

    def __init__(
        self,
        folder: Path,
        binaries: Path,
        *,
        listen_tcp: bool = False,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._files = PostgresFolder(folder.absolute())
        self._binaries = binaries
        self._listen_tcp = listen_tcp
        self._durable = durable
        self._given = dict(settings or {})
        self._daemon = Daemon(self._files.folder, "postgres")
        self._port_file = self._files.folder / "port"

    def start(self) -> None:
        """Start the server, making its data when there are none; adopt it when it still runs.

        Raises ServerError with the end of the log.
        """
        self._files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not wait_for(self._adopted_or_started, _START_SECONDS):
            raise self._failure("runs but does not answer to our password")

    def stop(self) -> None:
        """Stop the server in order: sessions are ended, nothing committed is lost."""
        if not self._daemon.end([(signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0)]):
            raise self._failure("did not stop")
        self._files.drop_socket()

    def kill(self) -> None:
        """End the server as a crash would, for fault tests."""
        if not self._daemon.end([(signal.SIGKILL, 30.0)]):
            raise self._failure("did not end")

    def remove(self) -> None:
        """Stop the server and remove everything it ever kept."""
        self.stop()
        self._files.remove()

    def running(self) -> bool:
        """Whether the server lives."""
        return self._daemon.running()

    def pid(self) -> int:
        """Process id of the running server; ProcessLookupError where none runs."""
        return self._daemon.pid()

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database, password included."""
        host, port = self._host(), self._port()
        url = URL.create("postgresql+psycopg", USER, self._files.password(), database=database)
        socket_query = {"host": host, "port": str(port)}
        located = url.set(host=host, port=port) if self._listen_tcp else url.set(query=socket_query)
        return located.render_as_string(hide_password=False)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database, as a copy of `template` if one is named, unless it is there."""
        # Copying the files takes a quarter of the time of writing every page to the log.
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
            sql.Identifier(name), sql.Identifier(template or "template1")
        )
        with self._connect() as connection:
            try:
                connection.execute(command)
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return

    def drop_database(self, name: str) -> None:
        """Drop a database with every session on it, if it is there."""
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with self._connect() as connection:
            connection.execute(command)

    def _adopted_or_started(self) -> bool:
        claim = self._daemon.claim()
        if claim is None:
            return self._answers()
        try:
            self._start(claim)
        finally:
            os.close(claim)
        return True

    def _start(self, claim: int) -> None:
        self._files.prepare()
        programs = runnable_binaries(self._binaries, self._files.account(), self._files.home)
        if self._files.data.exists():
            forget_dead_server(self._files.data)
        else:
            make_data(programs, self._files, claim, durable=self._durable)
        for _ in range(_PORT_ATTEMPTS):
            self._choose_port()
            self._files.fresh_socket(f".s.PGSQL.{self._port()}")
            self._daemon.spawn(
                claim, self._command(programs), ENVIRONMENT, self._files.account(), self._files.home
            )
            wait_for(lambda: self._daemon.ended() or self._answers(), _START_SECONDS)
            if not self._daemon.ended() and self._answers():
                return
            self._daemon.give_up()
            if not self._listen_tcp or port_is_free(self._port()):
                break
        raise self._failure("did not start")

    def _command(self, programs: Path) -> list[str]:
        settings = {
            **_SETTINGS,
            **({} if self._durable else _NOT_DURABLE),
            **self._given,
            "listen_addresses": "127.0.0.1" if self._listen_tcp else "",
            "port": str(self._port()),
            "unix_socket_directories": str(self._files.socket),
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(programs / "postgres"), "-D", str(self._files.data), *options]

    def _choose_port(self) -> None:
        """Keep the port of before, so that clients find a restarted server, unless another has taken it."""
        if not self._listen_tcp:
            self._port_file.unlink(missing_ok=True)
        elif not self._port_file.exists() or not port_is_free(self._port()):
            write_whole(self._port_file, str(free_port()))

    def _port(self) -> int:
        return int(self._port_file.read_text()) if self._port_file.exists() else _SOCKET_PORT

    def _host(self) -> str:
        return "127.0.0.1" if self._listen_tcp else str(self._files.socket)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=self._host(),
            port=self._port(),
            user=USER,
            password=self._files.password(),
            dbname="postgres",
            connect_timeout=5,
            # With SCRAM the server proves that it knows our password too.
            require_auth="scram-sha-256",
            autocommit=True,
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except (psycopg.OperationalError, FileNotFoundError):
            # Another process of ours may just be starting it, and its files are not there yet.
            return False
        return True

    def _failure(self, what: str) -> ServerError:
        return ServerError(f"PostgreSQL in {self._files.home} {what}; {self._daemon.log_ending()}")
