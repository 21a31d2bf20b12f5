"""Counts what has changed into cells, so that a question about millions of complaints reads thousands of rows (DESIGN §6)."""

from __future__ import annotations

from datetime import timedelta

from services.analytics.storage import counting
from services.analytics.usecases import SERVICE
from services.chassis import generations
from services.chassis.database import Database
from services.chassis.loops import Loop


def loop(database: Database, every: timedelta) -> Loop:
    """The loop that counts what has changed; with several workers, one of them at a time."""

    def step() -> bool:
        with database.read() as connection:
            both = generations.current(connection, SERVICE), generations.building(connection, SERVICE)
        more = False
        for generation in filter(None, both):
            with database.begin() as work:
                more |= counting.count(work.connection, generation)
        return more

    return Loop(f"{SERVICE}.cells", step, pause=every.total_seconds())
