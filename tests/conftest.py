"""What every test may use."""

from __future__ import annotations

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "services.chassis.testing.servers",
    "services.chassis.testing.services",
    "tests.installations",
    "tests.parallel",
]


def pytest_configure(config: pytest.Config) -> None:
    """Log plainly, and let no test fail because the machine is busy."""
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")
    # With every variable of every frame, as structlog shows it on a terminal, an exception takes seconds.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is quick first and the journeys last: whole installations then do not run beside the other tests."""
    order = ("contracts", "unit", "integration", "e2e", "faults")
    items.sort(key=lambda item: next((at for at, name in enumerate(order) if name in item.path.parts), 0))
