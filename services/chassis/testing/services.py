"""Fixtures for the tests of a service: a migrated database, and events in and out by the real path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import make_url, select

from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.effects import Handler
from services.chassis.envelope import decode, encode
from services.chassis.events import LIVE, Event
from services.chassis.handling import Handling
from services.chassis.ids import new_id
from services.chassis.loops import Deadline
from services.chassis.metrics import PlatformMetrics
from services.chassis.migrations import migrate
from services.chassis.outbox import outbox
from services.chassis.platform import ServiceDefinition
from services.chassis.servers.postgres import PostgresServer
from services.chassis.settings import HANDLER_SECONDS
from services.chassis.sql import connect
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.chassis.testing.servers import MakeDatabase, new_database

#: Makes the database of one service for one test; the clock stands still unless another is given.
ServiceDatabase = Callable[..., Database]


@pytest.fixture(scope="session")
def migrated_templates(postgres_server: PostgresServer) -> Iterator[Callable[[ServiceDefinition], str]]:
    """A function that gives the name of a migrated database to copy; each service is migrated once a session."""
    made: dict[str, str] = {}

    def template(definition: ServiceDefinition) -> str:
        if definition.name not in made:
            url = new_database(postgres_server, f"template_{definition.name}")
            engine = connect(url, application="migrate")
            migrate(engine, definition.migrations)
            engine.dispose()
            made[definition.name] = make_url(url).database or ""
        return made[definition.name]

    yield template
    for name in made.values():
        postgres_server.drop_database(name)


@pytest.fixture
def service_database(
    make_database: MakeDatabase, migrated_templates: Callable[[ServiceDefinition], str]
) -> Iterator[ServiceDatabase]:
    """A function `(definition, clock=ManualClock()) -> Database` with every table and no row."""
    engines = []

    def make(definition: ServiceDefinition, clock: Clock | None = None) -> Database:
        url = make_database(definition.name, migrated_templates(definition))
        engine = connect(url, application=f"test-{definition.name}")
        engines.append(engine)
        return Database(definition.name, engine, definition.catalogue, clock or ManualClock())

    yield make
    for engine in engines:
        engine.dispose()


def published(database: Database, name: str | None = None) -> list[Event]:
    """What the service has published so far, in order; only events called `name` if that is given."""
    with database.read() as connection:
        bodies = connection.scalars(select(outbox.c.body).order_by(outbox.c.id))
        events = [decode(body.encode(), database.catalogue) for body in bodies]
    return [event for event in events if name in (None, event.name)]


def make_event(
    name: str,
    subject: str,
    data: Mapping[str, Any],
    *,
    source: str,
    version: int = 1,
    estate: str | None = None,
    mode: str = LIVE,
    **others: Any,
) -> Event:
    """An event as another service would publish it, of the estate its data name where they do."""
    estate = estate or data.get("estate", "laurel")
    fields = {"id": new_id(), "time": DEFAULT_START, **others}
    return Event(
        name=name,
        subject=subject,
        data=data,
        source=source,
        version=version,
        estate=estate,
        mode=mode,
        **fields,
    )


def handling(database: Database, handlers: Mapping[str, Handler]) -> Handling:
    """The real path of messages into a service, without a transport."""
    deadline = Deadline(database.clock, HANDLER_SECONDS)
    return Handling(database.service, database, handlers, PlatformMetrics(CollectorRegistry()), deadline)


def deliver(database: Database, handlers: Mapping[str, Handler], *events: Event) -> Handling:
    """Hand these events to the service as one batch of fresh messages, encoded and decoded on the way."""
    path = handling(database, handlers)
    path.batch([path.read(encode(event, database.catalogue), False) for event in events])
    return path
