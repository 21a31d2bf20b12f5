"""The databases and queues of an installation as an auditor would read them: everything, and nothing can be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, text

from services.chassis import dead_letters, outbox
from services.chassis.sql import connect
from services.chassis.topology import Management
from tests.e2e.installation import Installation

SERVICES = ("intake", "routing", "notification", "analytics")

_NEWEST = {
    "intake": "SELECT max(received_at) FROM complaints WHERE estate = :estate",
    "routing": "SELECT max(created_at) FROM work_orders WHERE estate = :estate",
    "notification": "SELECT max(created_at) FROM deliveries",
    "analytics": "SELECT max(received_at) FROM facts WHERE estate = :estate",
}


class View:
    """Opened for one case, closed after it."""

    def __init__(self, installation: Installation) -> None:
        lines = installation.variables.read_text(encoding="utf-8").splitlines()
        self._variables = dict(line.split("=", 1) for line in lines if line)
        self._engines: dict[str, Engine] = {}

    @contextmanager
    def read(self, service: str) -> Iterator[Connection]:
        """A read-only transaction in one service's database."""
        if service not in self._engines:
            url = self._variables[f"LINLI_{service.upper()}_DATABASE_URL"]
            self._engines[service] = connect(url, application="ledger")
        reading = self._engines[service].execution_options(postgresql_readonly=True)
        with reading.connect() as connection, connection.begin():
            yield connection

    def value(self, service: str, query: str, **parameters: object) -> Any:
        """The one value a query finds."""
        with self.read(service) as connection:
            return connection.scalar(text(query), parameters)

    def newest(self, service: str, estate: str) -> object:
        """What changes as long as a service does its work for an estate."""
        return self.value(service, _NEWEST[service], estate=estate)

    def unsent(self) -> int:
        """Events that have not left their outboxes."""
        return sum(
            self._count(service, lambda connection: outbox.pending(connection)[0]) for service in SERVICES
        )

    def dead_letters(self) -> int:
        """Messages that were given up."""
        return sum(self._count(service, dead_letters.count) for service in SERVICES)

    def queued(self) -> int:
        """Messages in the queues of all services, in somebody's hands or not; a broker counts every few seconds."""
        management = self._variables.get("LINLI_RABBITMQ_MANAGEMENT_URL")
        if management is None:
            return self._count("transport", _queue_rows)
        host = quote(self._variables["LINLI_RABBITMQ_VHOST"], safe="")
        return sum(queue.get("messages", 0) for queue in Management(management).get(f"/api/queues/{host}"))

    def variable(self, name: str) -> str:
        """A setting of the installation."""
        return self._variables[name]

    def close(self) -> None:
        """End its sessions."""
        for engine in self._engines.values():
            engine.dispose()

    def _count(self, service: str, counted: Any) -> int:
        with self.read(service) as connection:
            return int(counted(connection))


def _queue_rows(connection: Connection) -> int:
    # An embedded installation over another transport has made no table.
    there = connection.scalar(text("SELECT to_regclass('queue') IS NOT NULL"))
    return connection.scalar(text("SELECT count(*) FROM queue")) or 0 if there else 0
