"""Keeps the tables of the chassis small: deletes what nobody will ask for any more, in pieces (RELIABILITY P22)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError

from services.chassis import archive_months, generations, horizons
from services.chassis.database import Database
from services.chassis.http import idempotency, rate_limit
from services.chassis.loops import Loop

#: How long an answer is kept for its idempotency key.
IDEMPOTENCY_KEPT = timedelta(days=7)
#: Rows that are deleted, or looked at, in one transaction.
_PIECE = 5_000
#: Seconds between two rounds.
_PAUSE = 3600.0
_FIRST = str(UUID(int=0))

_log = structlog.get_logger(__name__)


class Housekeeping:
    """A round is a row of short transactions. Several processes may do it side by side: nothing comes of it but less work.

    The archive is kept for `archive_days`, 0 for ever; the inbox remembers for `inbox_days`.
    """

    def __init__(self, database: Database, *, archive_days: int, inbox_days: int) -> None:
        self._database = database
        self._archive_days = archive_days
        self._inbox_days = inbox_days
        self._after = _FIRST

    def loop(self) -> Loop:
        """The loop that cleans once an hour, and when the process starts."""
        return Loop(f"{self._database.service}.housekeeping", self.step, pause=_PAUSE)

    def step(self) -> bool:
        """Do a piece of a round; true until the round is complete."""
        now = self._database.clock.now()
        if self._after == _FIRST:
            self._provide(now)
            if self._purge(now) or self._drop(now):
                return True
        return self._forget(now)

    def _purge(self, now: datetime) -> bool:
        with self._database.begin() as work:
            rate_limit.purge(work.connection, now)
            return idempotency.purge(work.connection, now - IDEMPOTENCY_KEPT, _PIECE) == _PIECE

    def _provide(self, now: datetime) -> None:
        with _behind_readers(), self._database.begin() as work:
            archive_months.provide(work.connection, now)

    def _drop(self, now: datetime) -> bool:
        dropped = None
        if self._archive_days:
            before = now - timedelta(days=self._archive_days)
            with _behind_readers(), self._database.begin() as work:
                dropped = archive_months.drop_oldest(work.connection, before, now)
        return dropped is not None

    def _forget(self, now: datetime) -> bool:
        consumer, before = self._database.service, now - timedelta(days=self._inbox_days)
        with self._database.begin() as work:
            generation = generations.current(work.connection, consumer)
            last = horizons.forget(work.connection, consumer, generation, before, self._after, _PIECE)
        self._after = last or _FIRST
        return last is not None


@contextmanager
def _behind_readers() -> Iterator[None]:
    """Give way to whoever reads the archive: the next round tries again, and the default partition stands behind."""
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        _log.info("archive_busy")
