"""Both installations, started once for all journeys and faults, and used as their users can: HTTP and command line."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from services.chassis.servers import rabbitmq
from services.chassis.servers.postgres_programs import installed_binaries
from services.chassis.testing.servers import missing
from tests.e2e.client import Client, People
from tests.e2e.installation import Installation


@pytest.fixture(scope="session")
def embedded() -> Iterator[Installation]:
    """`linli run`: everything in one process. Its group is founded (see `tests.e2e.group`)."""
    yield from _running("run")


@pytest.fixture(scope="session")
def onemachine() -> Iterator[Installation]:
    """`linli up`: the production shape, with RabbitMQ. Its group is founded (see `tests.e2e.group`)."""
    if not rabbitmq.installed():
        missing("RabbitMQ is not installed (package rabbitmq-server)")
    if installed_binaries() is None:
        missing("PostgreSQL is not installed (package postgresql)")
    yield from _running("up")


@pytest.fixture(scope="session", params=["embedded", "onemachine"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """Each of both."""
    made: Installation = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def people(installation: Installation) -> People:
    """Those who have an account at the installation."""
    return installation.people


@pytest.fixture
def public(installation: Installation) -> Client:
    """Anybody."""
    return installation.people.public


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what an installation wrote where a test with it failed."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Installation):
                report.sections.append((f"log of {name}", value.log()))
    return report


def _running(command: str) -> Iterator[Installation]:
    made = Installation(command)
    try:
        made.start()
        made.found()
        yield made
    finally:
        made.remove()
