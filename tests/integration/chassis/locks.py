"""Who waits for whom in a database."""

from __future__ import annotations

from services.chassis.database import Database


def waits_for_a_lock(database: Database) -> bool:
    """Whether a session of this database waits for a lock that another holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with database.engine.connect() as connection:
        return bool(connection.exec_driver_sql(waiting).scalar())
