"""The migrations make the tables that the code knows: those of the chassis, those of the service, and no other."""

from __future__ import annotations

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from services.analytics.storage.tables import metadata as analytics
from services.chassis.tables import metadata as chassis
from services.chassis.testing.services import ServiceDatabase
from services.intake.storage.tables import metadata as intake
from services.notification.storage.tables import metadata as notification
from services.routing.storage.tables import metadata as routing
from services.standalone import SERVICES

DEFINITIONS = {definition.name: definition for definition in SERVICES}


@pytest.mark.parametrize(
    ("service", "metadata"),
    [("intake", intake), ("routing", routing), ("notification", notification), ("analytics", analytics)],
)
def test_the_migrations_make_the_tables_of_the_code(
    service_database: ServiceDatabase, service: str, metadata: MetaData
) -> None:
    database = service_database(DEFINITIONS[service])

    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_no_partition}
        )
        differences = compare_metadata(context, [chassis, metadata])

    assert differences == []


def _is_no_partition(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not re.fullmatch(r"archive_(default|\d{4}_\d{2})", str(name))
