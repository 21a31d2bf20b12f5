"""A database of intake with a small tree in it, its HTTP surface, and what it published."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from sqlalchemy import Table, select

from services.chassis.database import Database
from services.chassis.i18n import Translator
from services.chassis.loops import Stop
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.chassis.platform import Platform
from services.chassis.testing.auth import TestAuth
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import ServiceDatabase
from services.intake.app import SERVICE, web
from services.intake.messages import MESSAGES
from services.intake.settings import IntakeSettings
from tests.integration.intake.lists import HOMES, TREE

Rows = Callable[[Table], list[Mapping[str, Any]]]


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
def database(service_database: ServiceDatabase, clock: ManualClock) -> Database:
    """The migrated, empty database of intake."""
    return service_database(SERVICE, clock)


@pytest.fixture
def auth(clock: ManualClock) -> TestAuth:
    """Signs callers in."""
    return TestAuth(clock)


@pytest.fixture
def app(database: Database, clock: ManualClock, auth: TestAuth) -> Flask:
    """Intake's HTTP surface as `app.web` puts it together."""
    platform = Platform(
        service="intake",
        database=database,
        clock=clock,
        metrics=PlatformMetrics(CollectorRegistry()),
        stop=Stop(),
        wake=threading.Event(),
        translator=Translator(CHASSIS_MESSAGES, MESSAGES),
        gate=auth.gate(),
    )
    settings = IntakeSettings(jwks_file=Path(), database_url="", claim_secret="s" * 32)
    return web(platform, settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of intake's HTTP surface."""
    return app.test_client()


@pytest.fixture
def caller(auth: TestAuth) -> Callable[..., dict[str, str]]:
    """A function `(role, path, id)` that gives the headers of a request with a key of its own."""
    count = iter(range(1_000_000))

    def headers(role: str = "group", path: str = "G", id: str = "li") -> dict[str, str]:
        return {**auth.headers(role, path, id), "Idempotency-Key": f"key-{next(count)}"}

    return headers


@pytest.fixture
def import_csv(client: FlaskClient, caller: Callable[..., dict[str, str]]) -> Callable[..., Any]:
    """A function `(list, text or bytes)` that imports a list as somebody of the group."""

    def send(what: str, content: str | bytes, **who: str) -> Any:
        body = content.encode() if isinstance(content, str) else content
        return client.post(
            f"/api/intake/{what}/import", data=body, content_type="text/csv", headers=caller(**who)
        )

    return send


@pytest.fixture
def tree(import_csv: Callable[..., Any]) -> None:
    """Three estates in two regions of one group."""
    assert import_csv("estates", TREE).status_code == 200


@pytest.fixture
def homes(tree: None, import_csv: Callable[..., Any]) -> None:
    """Four households, three of them lived in by somebody known."""
    assert import_csv("households", HOMES).status_code == 200


@pytest.fixture
def complain(client: FlaskClient) -> Callable[..., Any]:
    """A function that makes a complaint of E1 over the web; keywords change the body."""

    def send(headers: Mapping[str, str] | None = None, **changes: Any) -> Any:
        body = {"estate": "E1", "channel": "web", "text": "电梯坏了三天没人修。", **changes}
        return client.post("/api/intake/complaints", json=body, headers=dict(headers or {}))

    return send


@pytest.fixture
def rows(database: Database) -> Rows:
    """A function that reads a whole table."""

    def read(table: Table) -> list[Mapping[str, Any]]:
        with database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(table))]

    return read
