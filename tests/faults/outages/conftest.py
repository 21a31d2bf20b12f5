"""The installation whose servers the cases of this folder take away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.chassis.servers import rabbitmq
from services.chassis.testing.servers import missing
from tests.e2e.installation import Installation
from tests.faults.outages.exposed import Exposed, expose


@pytest.fixture(scope="package")
def exposed() -> Iterator[Exposed]:
    """An installation and its servers, started once for all cases."""
    if not rabbitmq.installed():
        missing("RabbitMQ is not installed (package rabbitmq-server)")
    with expose() as made:
        yield made


@pytest.fixture
def installation(exposed: Exposed) -> Installation:
    """The installation alone, for the fixtures of all cases."""
    return exposed.installation
