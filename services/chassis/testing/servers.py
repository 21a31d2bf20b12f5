"""Pytest fixtures: real servers, started once per session; a database or virtual host for each test."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, Protocol

import pytest
from sqlalchemy import make_url

from services.chassis.servers import rabbitmq
from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.postgres_programs import embedded_binaries, installed_binaries
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing.folders import new_server_folder
from services.chassis.testing.settings import in_ci


class MakeDatabase(Protocol):
    """Makes a database for one test; `template` is the name of a database to copy."""

    def __call__(self, name_prefix: str, template: str | None = None) -> str:
        """Return the URL of a new database, empty or a copy."""


class MakePostgresServer(Protocol):
    """Makes a server for one test; it is not started yet."""

    def __call__(
        self,
        folder: Path | None = None,
        binaries: Path | None = None,
        *,
        listen_tcp: bool = False,
        durable: bool = False,
    ) -> PostgresServer:
        """Return a server in `folder` (default: `server` below `server_folder`), by default the embedded."""


def missing(reason: str) -> NoReturn:
    """Skip the test where something is not installed, but fail in CI."""
    if in_ci():
        pytest.fail(f"{reason} (CI skips nothing)")
    pytest.skip(reason)


def new_database(server: PostgresServer, name_prefix: str, template: str | None = None) -> str:
    """URL of a new database with a name of its own.

    For a session-scoped template: create and migrate it once, close every connection to it, and pass its name
    as `template` for each test: a copy takes a fraction of the migrations' time.
    """
    name = f"{name_prefix}_{secrets.token_hex(6)}"
    server.create_database(name, template)
    return server.url(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server, the system's or else the embedded one, that trades durability for speed."""
    server = PostgresServer(new_server_folder(), installed_binaries() or embedded_binaries(), durable=False)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def make_database(postgres_server: PostgresServer) -> Iterator[MakeDatabase]:
    """A function that makes databases, all dropped after the test."""
    made: list[str] = []

    def make(name_prefix: str, template: str | None = None) -> str:
        made.append(new_database(postgres_server, name_prefix, template))
        return made[-1]

    yield make
    for url in made:
        name = make_url(url).database
        assert name is not None
        postgres_server.drop_database(name)


@pytest.fixture
def database_url(make_database: MakeDatabase) -> str:
    """URL of an empty database for this test alone."""
    return make_database("test")


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """An empty folder that a server's own user can enter, unlike pytest's `tmp_path`."""
    folder = new_server_folder()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def make_postgres_server(server_folder: Path) -> Iterator[MakePostgresServer]:
    """A function that makes PostgreSQL servers for this test alone, which may kill them."""
    made: list[PostgresServer] = []

    def make(
        folder: Path | None = None,
        binaries: Path | None = None,
        *,
        listen_tcp: bool = False,
        durable: bool = False,
    ) -> PostgresServer:
        server = PostgresServer(
            folder or server_folder / "server",
            binaries or embedded_binaries(),
            listen_tcp=listen_tcp,
            durable=durable,
        )
        made.append(server)
        return server

    yield make
    for server in made:
        server.remove()


@pytest.fixture(scope="session")
def rabbit_server() -> Iterator[RabbitServer]:
    """A RabbitMQ node with the management interface."""
    if not rabbitmq.installed():
        missing("RabbitMQ is not installed (package rabbitmq-server)")
    server = RabbitServer(new_server_folder())
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def vhost(rabbit_server: RabbitServer) -> Iterator[str]:
    """Name of a virtual host for this test alone; `rabbit_server.amqp_url(vhost)` leads into it."""
    name = f"test-{secrets.token_hex(6)}"
    rabbit_server.create_vhost(name)
    yield name
    rabbit_server.delete_vhost(name)
