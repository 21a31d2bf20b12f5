"""All four services in this process, put together as `app.py` does it; events between them are carried by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from joserfc.jwk import KeySet
from sqlalchemy import make_url, select

from services.chassis.auth.keys import new_key_set, public, write_key_set
from services.chassis.auth.principal import Principal
from services.chassis.auth.tokens import issue
from services.chassis.handling import Handling
from services.chassis.ids import new_id
from services.chassis.loops import Deadline
from services.chassis.outbox import outbox
from services.chassis.platform import Platform, Process, ServiceDefinition, platform
from services.chassis.servers.postgres import PostgresServer
from services.chassis.settings import HANDLER_SECONDS, load
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.servers import new_database
from services.contracts.catalogue import CATALOGUE
from services.standalone import SERVICES

#: Name of the migrated database that is copied for a service.
Template = Callable[[ServiceDefinition], str]


@dataclass(frozen=True)
class Service:
    """One service: its application, what it runs on, the way of messages into it, and its background loops."""

    app: Flask
    on: Platform
    handling: Handling
    steps: Mapping[str, Callable[[], bool]]


@dataclass
class Installation:
    """Four services on one clock. Nothing moves between them until `carry` is called."""

    services: Mapping[str, Service]
    clock: ManualClock
    process: Process
    keys: KeySet
    carried: set[str] = field(default_factory=set)

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **request: Any) -> Any:
        """Send a request to the service its path belongs to, with an idempotency key of its own unless it has one."""
        sent = {"Idempotency-Key": new_id(), **(headers or {})}
        client = self.services[path.split("/")[2]].app.test_client()
        return client.open(path, method=method, headers=sent, **request)

    def headers(self, role: str, path: str = "", id: str = "somebody") -> dict[str, str]:
        """Headers of a caller who sees the subtree below `path`; the token outlives any test."""
        principal = Principal(id=id, username=id, name=id, role=role, path=path)
        token = issue(principal, self.keys, self.clock.now(), timedelta(days=30))
        return {"Authorization": f"Bearer {token}"}

    def carry(self) -> None:
        """Deliver what was published to whoever consumes it, until nothing new is published."""
        while fresh := [(id, name, body) for id, name, body in self.published() if id not in self.carried]:
            for consumer, service in self.services.items():
                wanted = CATALOGUE.consumed_by(consumer)
                mine = [service.handling.read(body, False) for _, name, body in fresh if name in wanted]
                if mine:
                    service.handling.batch(mine)
            self.carried |= {id for id, _, _ in fresh}

    def published(self) -> list[tuple[str, str, bytes]]:
        """Id, name and body of everything in the outboxes."""
        found = []
        for service in self.services.values():
            with service.on.database.read() as connection:
                rows = connection.execute(
                    select(outbox.c.id, outbox.c.name, outbox.c.body).order_by(outbox.c.id)
                )
                found += [(row.id, row.name, row.body.encode()) for row in rows]
        return found


@contextmanager
def installed(server: PostgresServer, template: Template, folder: Path) -> Iterator[Installation]:
    """An empty installation with keys in `folder` and databases of its own on `server`, which are dropped after."""
    keys = new_key_set()
    write_key_set(folder / "keys.json", keys)
    write_key_set(folder / "jwks.json", public(keys))
    urls = {definition.name: new_database(server, "surface", template(definition)) for definition in SERVICES}
    variables = {
        "LINLI_JWKS_FILE": str(folder / "jwks.json"),
        "LINLI_SIGNING_KEYS_FILE": str(folder / "keys.json"),
        "LINLI_INTAKE_CLAIM_SECRET": "s" * 32,
        **{f"LINLI_{name.upper()}_DATABASE_URL": url for name, url in urls.items()},
    }
    clock = ManualClock()
    process = Process(clock=clock)
    services = {definition.name: _service(definition, variables, process) for definition in SERVICES}
    try:
        yield Installation(services, clock, process, keys)
    finally:
        for service in services.values():
            service.on.database.engine.dispose()
        for url in urls.values():
            server.drop_database(make_url(url).database or "")


def _service(definition: ServiceDefinition, variables: Mapping[str, str], process: Process) -> Service:
    settings = load(definition.settings, variables)
    on = platform(definition, settings, process, role="test")
    handlers = definition.handlers(on, settings)
    deadline = Deadline(process.clock, HANDLER_SECONDS)
    return Service(
        app=definition.web(on, settings),
        on=on,
        handling=Handling(definition.name, on.database, handlers, process.metrics, deadline),
        steps={loop.name: loop.step for loop in definition.loops(on, settings)},
    )
