"""`linli up` with a broker and a database server of ours, each behind a line that can be disturbed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import make_url

from services.chassis.platform import conninfo
from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.postgres_programs import embedded_binaries, installed_binaries
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.topology import Management
from services.contracts.catalogue import CATALOGUE
from tests.e2e.installation import Installation
from tests.faults.proxy import Proxy
from tests.faults.volume import Volume

#: Room for what the cases write, and for the log of a database told to keep little of it.
_MEGABYTES = 512


@dataclass(frozen=True)
class Exposed:
    """An installation and what it stands on; its group is founded (see `tests.e2e.group`)."""

    installation: Installation
    broker: RabbitServer
    broker_line: Proxy
    database: PostgresServer
    database_line: Proxy
    #: What `broker` and `database` keep their data on.
    volumes: Mapping[str, Volume]

    @contextmanager
    def administrator(self, database: str = "postgres") -> Iterator[psycopg.Connection[TupleRow]]:
        """A session with all rights, past the line."""
        url = conninfo(self.database.url(database))
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            yield connection

    @property
    def management(self) -> Management:
        """The management interface of the broker, past the line."""
        return Management(_with_password(self.broker))

    @property
    def workers(self) -> dict[str, int | None]:
        """Process id of each serving worker, by role."""
        roles = [f"{service}-worker" for service in CATALOGUE.services()]
        return {role: self.installation.serving(role) for role in roles}


@contextmanager
def expose() -> Iterator[Exposed]:
    """Start everything, and leave nothing behind."""
    with ExitStack() as ending:
        volumes = {name: ending.enter_context(closing(Volume(_MEGABYTES))) for name in ("broker", "database")}
        broker = RabbitServer(volumes["broker"].folder / "server")
        ending.callback(broker.remove)
        broker.start()
        binaries = installed_binaries() or embedded_binaries()
        database = PostgresServer(
            volumes["database"].folder / "server",
            binaries,
            listen_tcp=True,
            durable=False,
            settings={"max_wal_size": "64MB", "max_connections": "120"},
        )
        ending.callback(database.remove)
        database.start()
        database_url = make_url(database.url("postgres"))
        broker_url = make_url(broker.amqp_url())
        broker_line = ending.enter_context(closing(Proxy(broker_url.port or 0)))
        database_line = ending.enter_context(closing(Proxy(database_url.port or 0)))
        installation = Installation(
            "up",
            settings={
                "LINLI_AMQP_URL": broker.amqp_url().replace(f":{broker_url.port}/", f":{broker_line.port}/"),
                "LINLI_RABBITMQ_MANAGEMENT_URL": _with_password(broker),
                "LINLI_POSTGRES_URL": database_url.set(port=database_line.port).render_as_string(
                    hide_password=False
                ),
            },
        )
        ending.callback(installation.remove)
        installation.start()
        installation.found()
        yield Exposed(installation, broker, broker_line, database, database_line, volumes)


def _with_password(broker: RabbitServer) -> str:
    return broker.management_url.replace("://", f"://{broker.user}:{broker.password}@")
