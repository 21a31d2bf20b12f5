"""A database for each service, owned by a role of its own that may enter no other (DESIGN §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from services.chassis.platform import conninfo
from services.chassis.servers.postgres_programs import OLDEST_MAJOR


def provide(admin_url: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Create what is missing for the services in `passwords`, set their passwords, and return the URL of each one's database.

    The administrator needs CREATEROLE and CREATEDB. Ends the command when the server refuses or is too old.
    """
    try:
        with psycopg.connect(conninfo(admin_url), autocommit=True, connect_timeout=10) as connection:
            if connection.info.server_version < OLDEST_MAJOR * 10_000:
                raise click.ClickException(
                    f"需要 PostgreSQL {OLDEST_MAJOR} 或更新版本 | PostgreSQL {OLDEST_MAJOR} or newer is needed"
                )
            for service, password in passwords.items():
                _provide_role(connection, name_of(service), password)
                _provide_database(connection, name_of(service))
    except psycopg.Error as error:
        raise click.ClickException(f"LINLI_POSTGRES_URL: {error}") from error
    return {service: _url(admin_url, name_of(service), password) for service, password in passwords.items()}


def name_of(service: str) -> str:
    """What a service's database and its owner are called."""
    return f"linli_{service}"


def _provide_role(connection: psycopg.Connection[Any], name: str, password: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    # Hashed here, so that the server's log never sees it.
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(verifier))
    )


def _provide_database(connection: psycopg.Connection[Any], name: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return
    database = sql.Identifier(name)
    # An administrator who is no superuser may give a database only to a role it belongs to.
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(database))
    connection.execute(
        sql.SQL("CREATE DATABASE {0} OWNER {0} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(
            database
        )
    )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))


def _url(admin_url: str, name: str, password: str) -> str:
    url = make_url(admin_url).set(
        drivername="postgresql+psycopg", username=name, password=password, database=name
    )
    return url.render_as_string(hide_password=False)
