"""Schema of a service's database: the chassis' tables and the service's own are two lines of Alembic versions.

`migrate` brings a database to the newest of both. To change a table, add a version to its own line.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

_HERE = Path(__file__).parent
#: Anything fixed: two migrations of one database exclude each other by it.
_LOCK = 0x4C494E4C49
#: Longest a migration waits for a lock that a running service holds, in milliseconds; it then fails and can be repeated.
_LOCK_TIMEOUT = 15_000


def migrate(engine: Engine, versions: Path) -> None:
    """Bring the database to the newest schema. Waits while another process does the same."""
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.execute(text(f"SET lock_timeout = {_LOCK_TIMEOUT}"))
        connection.commit()
        try:
            config = _config(versions)
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
            connection.invalidate()


def pending(engine: Engine, versions: Path) -> bool:
    """Whether the database is not at the newest schema that this code knows."""
    wanted = set(ScriptDirectory.from_config(_config(versions)).get_heads())
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) != wanted


def _config(versions: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", f"{_HERE / 'versions'}:{versions}")
    config.set_main_option("path_separator", "os")
    return config
