"""The migrations make the tables that the code knows."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.chassis.testing.services import ServiceDatabase
from services.intake.app import SERVICE
from services.intake.storage.tables import metadata


def test_the_migrations_make_the_tables_of_the_code(service_database: ServiceDatabase) -> None:
    database = service_database(SERVICE)

    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, parents: kind != "table" or name in metadata.tables,
            },
        )
        differences = compare_metadata(context, metadata)

    assert differences == []
