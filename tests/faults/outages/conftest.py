"""The installation whose servers the cases of this folder take away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.chassis.servers import rabbitmq
from services.chassis.testing.servers import missing
from tests.e2e.installation import Installation
from tests.faults.outages.exposed import Exposed, exposed


@pytest.fixture(scope="package")
def stage() -> Iterator[Exposed]:
    """An installation and its servers, started once for all cases."""
    if not rabbitmq.installed():
        missing("RabbitMQ is not installed (package rabbitmq-server)")
    with exposed() as made:
        yield made


@pytest.fixture
def installation(stage: Exposed) -> Installation:
    """The installation alone, for the fixtures of all cases."""
    return stage.installation
