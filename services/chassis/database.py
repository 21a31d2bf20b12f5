"""The database of one service: units of work that publish, and reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from services.chassis.clock import Clock
from services.chassis.events import Catalogue
from services.chassis.session import Session
from services.chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Database:
    """Where one service keeps its state.

    `service` is the publisher of the events recorded here; `committed` is called after each commit that left events in
    the outbox, to wake the relay.
    """

    service: str
    engine: Engine
    catalogue: Catalogue
    clock: Clock
    committed: Callable[[], None] = lambda: None

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """A unit of work: commits at a clean exit, undoes everything at an exception.

        It takes a session when the first is needed; where all it writes is put off until its end (`UnitOfWork.add`), that is
        one statement and no transaction around it.
        """
        with Session(self.engine) as session:
            work = UnitOfWork(self.service, session, self.catalogue, self.clock)
            yield work
            work.finish()
        work.committed()
        if work.recorded:
            self.committed()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reads in one consistent read-only transaction."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def ping(self) -> None:
        """Raise unless the database answers; this is what readiness asks (DESIGN §3)."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
