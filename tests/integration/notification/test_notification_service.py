"""The service as a whole: its parts fit its definition, its tables and the contracts."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.chassis import tables as chassis_tables
from services.chassis.auth.keys import new_key_set, public, write_key_set
from services.chassis.database import Database
from services.chassis.platform import Process, platform
from services.chassis.platform_events import STREAM_MISSING, STREAM_SEALED
from services.contracts.catalogue import CATALOGUE
from services.notification.app import SERVICE
from services.notification.settings import NotificationSettings
from services.notification.storage import tables


def test_the_migrations_make_the_tables_that_the_queries_use(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in ours}
        )
        ours = set(tables.metadata.tables)

        assert not ours & set(chassis_tables.metadata.tables)
        assert compare_metadata(context, tables.metadata) == []


def test_every_event_the_contracts_name_has_a_handler_and_the_parts_fit(
    database: Database, tmp_path: Path
) -> None:
    jwks = tmp_path / "jwks.json"
    write_key_set(jwks, public(new_key_set()))
    url = database.engine.url.render_as_string(hide_password=False)
    settings = NotificationSettings(jwks_file=jwks, database_url=url)
    process = Process()
    on = platform(SERVICE, settings, process, role="test")

    app = SERVICE.web(on, settings)
    loops = SERVICE.loops(on, settings)

    handled = SERVICE.handlers(on, settings).keys() | {STREAM_SEALED, STREAM_MISSING}
    assert handled == CATALOGUE.consumed_by("notification")
    assert app.test_client().get("/readyz").status_code == 200
    assert not any(loop.step() for loop in loops)
    on.database.engine.dispose()
