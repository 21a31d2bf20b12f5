"""A database of notification, events into it, and what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from sqlalchemy import Table, select, text

from services.chassis.database import Database
from services.chassis.effects import Handler
from services.chassis.handling import Handling
from services.chassis.http.app import HttpContext, create_app
from services.chassis.i18n import Translator
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.chassis.testing.auth import TestAuth
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import ServiceDatabase, deliver
from services.notification import routes
from services.notification.app import SERVICE
from services.notification.handlers import HANDLERS, Deps
from services.notification.messages import MESSAGES
from services.notification.metrics import CallbackMetrics
from services.notification.settings import NotificationSettings
from services.notification.wording import read_wording

#: Delivers events as one batch.
Tell = Callable[..., Handling]
#: Reads a whole table.
Rows = Callable[[Table], list[Mapping[str, Any]]]
#: Headers of a request by `(role, path, id)`.
Caller = Callable[..., dict[str, str]]


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
def database(service_database: ServiceDatabase, clock: ManualClock) -> Database:
    """The migrated, empty database of notification."""
    return service_database(SERVICE, clock)


@pytest.fixture
def handlers() -> Mapping[str, Handler]:
    """The handlers with the shipped wording."""
    deps = Deps(read_wording("https://linli.example/{number}"))
    return {name: lambda e, w, h=handler: h(e, w, deps) for name, handler in HANDLERS.items()}


@pytest.fixture
def tell(database: Database, handlers: Mapping[str, Handler]) -> Tell:
    """A function that delivers events as one batch."""
    return lambda *events: deliver(database, handlers, *events)


@pytest.fixture
def rows(database: Database) -> Rows:
    """A function that reads a whole table."""

    def read(table: Table) -> list[Mapping[str, Any]]:
        with database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(table))]

    return read


@pytest.fixture
def auth(clock: ManualClock) -> TestAuth:
    """Signs callers in."""
    return TestAuth(clock)


@pytest.fixture
def client(database: Database, clock: ManualClock, auth: TestAuth) -> FlaskClient:
    """A client of notification's HTTP surface, three attempts two hours apart, claims of 15 minutes."""
    context = HttpContext(
        clock=clock,
        metrics=PlatformMetrics(CollectorRegistry()),
        translator=Translator(CHASSIS_MESSAGES, MESSAGES),
        gate=auth.gate(),
    )
    policy = NotificationSettings(jwks_file=None, database_url="").callback_policy
    blueprints = [
        routes.callbacks_blueprint(database, policy, CallbackMetrics(CollectorRegistry())),
        routes.messages_blueprint(database),
        routes.contacts_blueprint(database),
    ]
    return create_app("notification", blueprints, context=context).test_client()


@pytest.fixture
def caller(auth: TestAuth) -> Caller:
    """A function `(role, path, id)` that gives the headers of a request with a key of its own."""
    count = iter(range(1_000_000))

    def headers(role: str = "receiver", path: str = "group/east", id: str = "li") -> dict[str, str]:
        return {**auth.headers(role, path, id), "Idempotency-Key": f"key-{next(count)}"}

    return headers


def waiting_for_locks(database: Database) -> int:
    """How many transactions of this database wait for a lock that another holds."""
    with database.engine.connect() as connection:
        waiting = "datname = current_database() AND wait_event_type = 'Lock'"
        return connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")) or 0
