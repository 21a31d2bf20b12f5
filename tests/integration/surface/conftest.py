"""One installation for all tests of a file: they look at answers, and leave what they make where it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.chassis.servers.postgres import PostgresServer
from tests.integration.surface.installation import Installation, Template, installed
from tests.integration.surface.world import World, make_world


@pytest.fixture(scope="module")
def installation(
    postgres_server: PostgresServer, migrated_templates: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Four empty services."""
    with installed(postgres_server, migrated_templates, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.fixture(scope="module")
def world(installation: Installation) -> World:
    """The same with two estates in it that do not see each other."""
    return make_world(installation)
