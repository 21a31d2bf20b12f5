"""`linli up` with a broker and a database server of ours, each behind a line that can be disturbed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from sqlalchemy import make_url

from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.postgres_programs import embedded_binaries, installed_binaries
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.testing.folders import new_server_folder
from services.chassis.topology import Management
from services.contracts.catalogue import CATALOGUE
from tests.e2e.installation import Installation
from tests.faults.proxy import Proxy


@dataclass(frozen=True)
class Exposed:
    """An installation and what it stands on; its group is founded (see `tests.e2e.group`)."""

    installation: Installation
    broker: RabbitServer
    broker_line: Proxy
    database: PostgresServer
    database_line: Proxy

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
        broker = RabbitServer(new_server_folder())
        ending.callback(broker.remove)
        broker.start()
        binaries = installed_binaries() or embedded_binaries()
        database = PostgresServer(new_server_folder(), binaries, listen_tcp=True, durable=False)
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
        yield Exposed(installation, broker, broker_line, database, database_line)


def _with_password(broker: RabbitServer) -> str:
    return broker.management_url.replace("://", f"://{broker.user}:{broker.password}@")
