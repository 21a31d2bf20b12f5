"""Our side: one installation, founded once through its own interface, whose processes are then started one by one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg

from services.chassis.platform import conninfo
from services.chassis.testing import eventually
from services.contracts.catalogue import CATALOGUE
from services.onemachine.plan import Installation as Plan
from services.onemachine.plan import Role, install
from services.onemachine.processes import answers
from services.onemachine.servers import Servers
from services.onemachine.settings import OneMachineSettings
from tests.bench import group
from tests.bench.machine import Machine
from tests.bench.processes import end, start
from tests.e2e.client import PASSWORD
from tests.e2e.group import OPERATOR
from tests.e2e.installation import Installation

_VHOST = "linli"
_START_SECONDS = 60.0


class Ours:
    """The four services on the private servers, as `linli up` runs them."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._installation = Installation(
            "up",
            home=machine.folder / "home",
            settings={
                "LINLI_POSTGRES_URL": machine.postgres.url("postgres"),
                "LINLI_AMQP_URL": machine.rabbit.amqp_url(),
                "LINLI_RABBITMQ_MANAGEMENT_URL": machine.management_url,
                "LINLI_RABBITMQ_VHOST": _VHOST,
            },
        )
        self._installation.home.mkdir()
        self._plan: Plan | None = None

    def found(self) -> None:
        """Write the group by HTTP, wait until every service knows it, end everything, keep what the databases hold."""
        whole = self._installation
        whole.start()
        try:
            account = ("--name", "运维", "--role", "operator", "--path", "linli", "--password", PASSWORD)
            whole.linli("accounts", "create", OPERATOR, *account)
            group.found(whole.people)
            eventually(self._known_everywhere, 60.0, interval=0.2)
        except BaseException:
            print(whole.log(), file=sys.stderr)
            raise
        finally:
            whole.stop()
        for service in CATALOGUE.services():
            self.copy(f"linli_{service}", f"seed_{service}", service)

    vhost = _VHOST

    @property
    def plan(self) -> Plan:
        """Databases, secrets and addresses of the installation."""
        if self._plan is None:
            machine = self.machine
            settings = OneMachineSettings(
                home=self._installation.home,
                port=self._installation.port,
                vhost=_VHOST,
                amqp_url=machine.rabbit.amqp_url(),
                management_url=machine.management_url,
                postgres_url=machine.postgres.url("postgres"),
            )
            self._plan = install(settings, Servers(settings, None, None), CATALOGUE.services())
        return self._plan

    def whole(self, settings: Mapping[str, str] | None = None) -> Installation:
        """All of it as `linli up`, not started yet; `settings` besides."""
        return replace(
            self._installation, settings={**self._installation.settings, **(settings or {})}, process=None
        )

    def restore(self, *services: str) -> None:
        """Let the databases of these services hold what they held after `found`, and every queue nothing."""
        for service in services:
            self.copy(f"seed_{service}", f"linli_{service}", service)
        self.machine.checkpoint()

    def copy(self, source: str, target: str, service: str) -> None:
        """Make the database `target` a copy of `source`, owned by who owns those of `service`."""
        with self.machine.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            connection.execute(
                f"CREATE DATABASE {target} TEMPLATE {source} OWNER linli_{service} STRATEGY file_copy"
            )

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        with self.machine.connect() as connection:
            return bool(
                connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
            )

    def count(self, service: str, rows: str) -> int:
        """How many rows the database of a service has in a table, or in one with a condition."""
        with self.machine.connect(f"linli_{service}") as connection:
            found = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
        return int(found[0]) if found else 0

    def role(self, name: str, copy: int = 0) -> Role:
        """One process, `routing-worker` say; each copy has a port of its own."""
        found = next(
            role
            for role in self.plan.roles({**os.environ, "LINLI_LOG_LEVEL": "WARNING"})
            if role.name == name
        )
        port = found.port + 20 * copy
        return replace(found, port=port, environment={**found.environment, "LINLI_HTTP_PORT": str(port)})

    def start(self, role: Role, wrapper: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """Start a process, below the program `wrapper` if there is one."""
        return start((*wrapper, *role.command), role.environment, self.machine.folder / f"{role.name}.log")

    def started(self, role: Role) -> subprocess.Popen[bytes]:
        """Start a process and wait until it is ready."""
        process = self.start(role)
        try:
            eventually(lambda: answers(role), _START_SECONDS)
        except BaseException:
            end(process)
            raise
        return process

    def connect(self, service: str) -> psycopg.Connection[Any]:
        """A connection to the database of a service, as its owner."""
        return psycopg.connect(conninfo(self.plan.database_urls[service]), autocommit=True)

    def _known_everywhere(self) -> bool:
        estates, residents = len(group.ESTATES), group.HOUSEHOLDS * len(group.ESTATES)
        copies = {
            service: self.count(service, "estates") for service in ("routing", "notification", "analytics")
        }
        contacts = self.count("notification", "contacts WHERE source = 'intake'")
        return contacts >= residents and all(count >= estates for count in copies.values())
