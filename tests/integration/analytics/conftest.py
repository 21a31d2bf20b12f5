"""A database of analytics, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.analytics import cells, usecases
from services.analytics.app import SERVICE
from services.analytics.domain import EXACT_UP_TO, By, Level, Window
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


@pytest.fixture
def count(database: Database) -> Count:
    """A function that counts into cells whatever changed, as the worker does."""
    return lambda: while_true(cells.loop(database, timedelta(seconds=1)).step)


def while_true(step: Callable[[], bool]) -> None:
    """Take a step until nothing is left to do."""
    while step():
        pass


Count = Callable[[], None]
Kpis = Callable[..., dict[str | None, dict[str, Any]]]


@pytest.fixture
def kpis(database: Database) -> Kpis:
    """A function that gives the KPI rows by their key; what is not asked for is as it is by default."""

    def ask(
        by: By = By.ESTATE,
        *,
        scope: str | None = None,
        subtree: str = "g",
        window: Window | None = None,
        level: Level = Level.WHOLE,
        kinds: tuple[str, ...] = ("complaint",),
        exact_up_to: int = EXACT_UP_TO,
    ) -> dict[str | None, dict[str, Any]]:
        with database.read() as connection:
            generation, question = usecases.asked(
                connection,
                subtree=subtree,
                scope=scope,
                window=window or Window(),
                by=by,
                level=level,
                kinds=kinds,
            )
            report = usecases.report(connection, generation, question, exact_up_to=exact_up_to)
        return {row["key"]: row for row in report.rows}

    return ask
