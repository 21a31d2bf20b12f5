"""One session of the database for one unit of work; its transaction begins when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import Connection, Engine, RootTransaction

from services.chassis.sql import direct, driver_of

#: Runs a statement with `%(name)s` parameters; returns its rows, if it has any.
Run = Callable[[str, Mapping[str, Any]], list[TupleRow]]


class Session:
    """A session of the pool, taken when something is first asked of it.

    A single statement (`run`) needs no transaction around it: until `connection` is asked for, each is one of its own. From
    then on everything is in one, which `commit` ends; without that it is undone.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._taken: Connection | None = None
        self._transaction: RootTransaction | None = None
        self._single = False

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        taken, self._taken = self._taken, None
        if taken is not None:
            self._run_singly(taken, False)
            # What is begun and not committed is undone.
            taken.close()

    @property
    def connection(self) -> Connection:
        """The session in its transaction, which begins here if it has not."""
        taken = self._session()
        if self._transaction is None:
            self._run_singly(taken, False)
            self._transaction = taken.begin()
        return taken

    def run(self, statement: str, parameters: Mapping[str, Any]) -> list[TupleRow]:
        """The rows of a statement with `%(name)s` parameters, if it has any; see `sql.direct`."""
        taken = self._session()
        if self._transaction is None:
            self._run_singly(taken, True)
        return direct(taken, statement, parameters)

    def commit(self) -> None:
        """Commit what was begun, if anything was."""
        if self._transaction is not None:
            self._transaction.commit()

    def _session(self) -> Connection:
        if self._taken is None:
            self._taken = self._engine.connect()
        return self._taken

    def _run_singly(self, taken: Connection, single: bool) -> None:
        """Make each statement a transaction of its own, or not."""
        if single is self._single or taken.invalidated:
            return
        self._single = single
        try:
            driver_of(taken).autocommit = single
        except psycopg.Error:
            # Interrupted in the middle of a statement: nobody else may get it.
            taken.invalidate()
