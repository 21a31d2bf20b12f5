"""A database of analytics, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.analytics import usecases
from services.analytics.app import SERVICE
from services.analytics.domain import By, Level, Window
from services.analytics.handlers import HANDLERS
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.services import ServiceDatabase, deliver


@pytest.fixture
def database(service_database: ServiceDatabase) -> Database:
    """The migrated, empty database of analytics."""
    return service_database(SERVICE)


@pytest.fixture
def tell(database: Database) -> Callable[..., None]:
    """A function that delivers events as one batch."""

    def give(*events: Event) -> None:
        deliver(database, HANDLERS, *events)

    return give


Kpis = Callable[..., dict[str | None, dict[str, Any]]]


@pytest.fixture
def kpis(database: Database) -> Kpis:
    """A function `(by=…, scope=…, subtree=…, window=…, level=…, kinds=…)` that gives the KPI rows by their key."""

    def ask(
        by: By = By.ESTATE,
        *,
        scope: str | None = None,
        subtree: str = "g",
        window: Window | None = None,
        level: Level = Level.WHOLE,
        kinds: tuple[str, ...] = ("complaint",),
    ) -> dict[str | None, dict[str, Any]]:
        with database.read() as connection:
            rows = usecases.report(
                connection,
                subtree=subtree,
                scope=scope,
                window=window or Window(),
                by=by,
                level=level,
                kinds=kinds,
            )
        return {row["key"]: row for row in rows}

    return ask
