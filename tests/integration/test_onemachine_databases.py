"""Databases and roles that `linli up` makes on a server of others."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from services.chassis.platform import conninfo
from services.chassis.servers.postgres import PostgresServer
from services.onemachine.databases import provide

PASSWORDS = {"intake": "first", "routing": "second"}


@pytest.fixture
def admin_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An administrator who may make roles and databases and is no superuser."""
    root = postgres_server.url("postgres")
    with psycopg.connect(conninfo(root), autocommit=True) as connection:
        connection.execute("CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'")
        yield make_url(root).set(username="keeper", password="keeper").render_as_string(hide_password=False)
        for name in PASSWORDS:
            connection.execute(f"DROP DATABASE IF EXISTS linli_{name} WITH (FORCE)")
            connection.execute(f"DROP ROLE IF EXISTS linli_{name}")
        connection.execute("DROP ROLE keeper")


def test_each_service_owns_its_database(admin_url: str) -> None:
    urls = provide(admin_url, PASSWORDS)

    for service, url in urls.items():
        with psycopg.connect(conninfo(url), require_auth="scram-sha-256") as connection:
            connection.execute("CREATE TABLE kept (name text)")
            asked = connection.execute("SELECT current_user, current_database(), getdatabaseencoding()")
            assert asked.fetchone() == (f"linli_{service}", f"linli_{service}", "UTF8")


def test_repeating_it_keeps_the_data_and_sets_the_password(admin_url: str) -> None:
    # Given
    first = provide(admin_url, PASSWORDS)["intake"]
    with psycopg.connect(conninfo(first)) as connection:
        connection.execute("CREATE TABLE kept (name text)")

    # When
    second = provide(admin_url, {**PASSWORDS, "intake": "another"})["intake"]

    # Then
    with psycopg.connect(conninfo(second)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(conninfo(first))
