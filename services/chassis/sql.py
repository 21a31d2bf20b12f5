"""PostgreSQL through SQLAlchemy Core: the engine, rows sent as one parameter, and what an error means."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg.rows import RowFactory, TupleRow, dict_row, namedtuple_row, tuple_row
from psycopg.types.string import TextLoader
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    column,
    create_engine,
    delete,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.base import Executable

R = TypeVar("R")

#: A handler takes at most 10 s (DESIGN §2.7); a statement that waits ends before that, so that it is an error of one
#: message rather than the end of the process. In milliseconds, as the two below.
STATEMENT_TIMEOUT = 8_000
#: A session whose client is frozen or cut off gives its locks back.
IDLE_IN_TRANSACTION_TIMEOUT = 60_000
#: Sent data that nobody confirms: the connection is dead, though keepalives are not sent while data is under way.
_UNANSWERED_TIMEOUT = 8_000
#: Statements a session keeps planned: more than a service has of those that do not change with each call.
_MOST_PREPARED = 500
#: SQLSTATEs after which the same transaction, run again, may well succeed: serialization failure and deadlock.
_TRANSIENT = frozenset({"40001", "40P01"})
#: SQLSTATE classes that say the database is not there: connection, resources, operator intervention (shutdown).
_ABSENT_CLASSES = frozenset({"08", "53", "57"})
#: Seconds after its last use in which a session is taken to be alive.
_TRUSTED_SECONDS = 1.0
_STATEMENT_TIMED_OUT = "57014"
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_DRIVERS_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


def connect(url: str, *, application: str, pool_size: int = 10) -> Engine:
    """An engine for `url` (`postgresql+psycopg://…`). Opens nothing yet.

    Sessions speak UTC, statements end after `STATEMENT_TIMEOUT`, an idle session is seen to be alive before it is used again.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        # The session used last has most of its statements planned, and need not be asked whether it is alive.
        pool_use_lifo=True,
        pool_timeout=5,
        pool_recycle=1800,
        # The text of an error goes to the log, and parameters hold names and telephone numbers (DESIGN §2.8).
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "application_name": application,
            "connect_timeout": 5,
            "options": (
                f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT}"
                f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT}"
            ),
            "tcp_user_timeout": _UNANSWERED_TIMEOUT,
            "keepalives_idle": 20,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )
    event.listen(engine, "connect", _begun)
    _look_after_idle_sessions(engine)
    return engine


def _begun(session: psycopg.Connection[Any], _record: ConnectionPoolEntry) -> None:
    """Ids are strings wherever they are read, by SQLAlchemy or `direct`, and what is sent twice is planned for many times."""
    session.adapters.register_loader("uuid", TextLoader)
    session.prepare_threshold = 1
    session.prepared_max = _MOST_PREPARED


def _look_after_idle_sessions(engine: Engine) -> None:
    """See whether a session is alive before it is used again, unless it was in use a moment ago.

    Asking each time would cost every transaction a round trip. A session that dies within the moment fails its next
    statement, which tells the pool to throw all away.
    """

    def rested(_session: Any, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    def taken(session: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < _TRUSTED_SECONDS:
            return
        try:
            alive = engine.dialect.do_ping(session)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
        if not alive:
            raise InvalidatePoolError

    event.listen(engine, "checkin", rested)
    event.listen(engine, "checkout", taken)


def recordset(
    name: str, columns: Sequence[Column[Any]], rows: Sequence[Mapping[str, Any]]
) -> TableValuedAlias:
    """Rows as a table inside a statement, sent as one JSON parameter.

    One parameter costs the client a third of what an array for each column does (PERFORMANCE, "Events through one worker").
    `rows` may hold datetimes, UUIDs and bytes; a column absent from a row is NULL.
    """
    parsed = func.json_to_recordset(cast(bindparam(None, as_json(rows), Text), JSON))
    derived = parsed.table_valued(*(column(c.name, c.type) for c in columns), name=name)
    return derived.render_derived(name=name, with_types=True)


def direct(connection: Connection, statement: str, parameters: Mapping[str, Any]) -> list[TupleRow]:
    """The rows of a statement with `%(name)s` parameters, if it has any.

    The driver gets it as it is: to be put together by SQLAlchemy costs more than the statement itself, so this is for those
    that every request or event makes (PERFORMANCE, "POST of a complaint"). Raises as SQLAlchemy does.
    """
    return _direct(connection, statement, parameters, tuple_row)


def direct_rows(connection: Connection, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
    """The same as named tuples."""
    return _direct(connection, statement, parameters, namedtuple_row)


def _direct(
    connection: Connection, statement: str, parameters: Mapping[str, Any], shape: RowFactory[R]
) -> list[R]:
    driver = driver_of(connection)
    try:
        cursor = driver.cursor(row_factory=shape)
        # Whoever listens to the engine hears of it as of any other statement.
        connection.dispatch.before_cursor_execute(connection, cursor, statement, parameters, None, False)
        cursor.execute(statement.encode(), parameters)
        # `cursor.description` would be put together anew each time.
        return cursor.fetchall() if cursor.pgresult is not None and cursor.pgresult.nfields else []
    except psycopg.Error as error:
        lost = driver.broken or driver.closed
        if lost:
            # Who lost one session has lost those that rest in the pool.
            connection.invalidate(error)
            connection.engine.dispose()
        raise DBAPIError.instance(
            statement,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        ) from error


class Prepared:
    """A statement put together by SQLAlchemy once, and sent as `direct` does; its `bindparam`s are the parameters.

    Make one at import, not for each call: that is what it saves.
    """

    def __init__(self, statement: Executable) -> None:
        compiled = statement.compile(dialect=_DRIVERS_DIALECT)  # type: ignore[attr-defined]
        self._text = str(compiled)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}

    def rows(self, connection: Connection, **parameters: Any) -> list[Any]:
        """The rows as named tuples."""
        return _direct(connection, self._text, {**self._constants, **parameters}, namedtuple_row)

    def mappings(self, connection: Connection, **parameters: Any) -> list[dict[str, Any]]:
        """The rows by the names of their columns."""
        return _direct(connection, self._text, {**self._constants, **parameters}, dict_row)

    def first(self, connection: Connection, **parameters: Any) -> Any | None:
        """The first row as a named tuple; None where there is none."""
        return next(iter(self.rows(connection, **parameters)), None)

    def values(self, connection: Connection, **parameters: Any) -> list[Any]:
        """The first column."""
        return [
            row[0] for row in _direct(connection, self._text, {**self._constants, **parameters}, tuple_row)
        ]


def among(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether a column is one of those in a parameter that is a list."""
    return column == func.any(bindparam(parameter, type_=ARRAY(column.type)))


def driver_of(connection: Connection) -> psycopg.Connection[TupleRow]:
    """What the driver itself has of a session."""
    driver: psycopg.Connection[TupleRow] | None = connection.connection.driver_connection
    assert driver is not None
    return driver


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows with one statement. Nothing happens for no rows."""
    if rows:
        direct(connection, *inserting(table, rows))


def inserting(table: Table, rows: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """The statement that inserts these rows, all of the same columns, and its parameters."""
    return _insert(table, columns_of(table, rows)), {"rows": as_json(rows)}


@cache
def _insert(table: Table, names: tuple[str, ...]) -> str:
    return insertion(table, names, "%(rows)s")


def insertion(table: Table, names: Sequence[str], parameter: str) -> str:
    """SQL that inserts the rows in a JSON `parameter` into the columns `names`.

    As text, and to be kept: to put an expression together each time takes longer than to send it.
    """
    quote = _DIALECT.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    typed = ", ".join(f"{quote(name)} {table.c[name].type.compile(_DIALECT)}" for name in names)
    rows = f"json_to_recordset(CAST({parameter} AS json)) AS r({typed})"
    return f"INSERT INTO {quote(table.name)} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608 - names of ours


def selecting(table: Table) -> str:
    """SQL that reads all columns of a table."""
    quote = _DIALECT.identifier_preparer.quote
    name = quote(table.name)
    columns = (f"{name}.{quote(c.name)}" for c in table.columns)
    return f"SELECT {', '.join(columns)} FROM {name}"  # noqa: S608 - names of ours


def updating(table: Table, key: str | Sequence[str], names: Sequence[str]) -> str:
    """SQL that sets the columns `names` of the rows with these keys, of one column or more, to what `%(rows)s` say, as JSON."""
    keys = (key,) if isinstance(key, str) else tuple(key)
    quote = _DIALECT.identifier_preparer.quote
    typed = ", ".join(f"{quote(name)} {table.c[name].type.compile(_DIALECT)}" for name in (*keys, *names))
    changes = ", ".join(f"{quote(name)} = n.{quote(name)}" for name in names)
    rows = f"json_to_recordset(CAST(%(rows)s AS json)) AS n({typed})"
    same = " AND ".join(f"{quote(table.name)}.{quote(name)} = n.{quote(name)}" for name in keys)
    return f"UPDATE {quote(table.name)} SET {changes} FROM {rows} WHERE {same}"  # noqa: S608 - as above


def columns_of(table: Table, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns of `table` that these rows, all alike, give values for."""
    return tuple(c.name for c in table.columns if c.name in rows[0])


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the JSON parameter of a statement."""
    return orjson.dumps([dict(row) for row in rows], default=_as_text).decode()


def _as_text(value: object) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def rows_of(connection: Connection, query: Select[Any]) -> Sequence[tuple[Any, ...]]:
    """The rows of a query as the server holds them: long bytes come half as long, and are not decoded."""
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    session: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    with session.cursor(binary=True) as cursor:
        cursor.execute(str(compiled), compiled.params)
        return cursor.fetchall()


def delete_some(connection: Connection, table: Table, condition: ColumnElement[bool], limit: int) -> int:
    """Delete up to `limit` rows; returns how many. For what may be more than one statement's time allows."""
    place: ColumnElement[Any] = literal_column("ctid")
    some = select(place).select_from(table).where(condition).limit(limit)
    return connection.execute(
        delete(table).where(place == func.any(func.array(some.scalar_subquery())))
    ).rowcount


def told(error: BaseException) -> str:
    """An error as it may be kept and shown: of the database's without the details, which hold whole rows (DESIGN §2.8)."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, psycopg.Error):
        primary = error.orig.diag.message_primary or type(error.orig).__name__
        return f"{type(error).__name__}: {error.orig.sqlstate} {primary}"
    return f"{type(error).__name__}: {error}"


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the constraint that a row would have broken."""
    return error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None


def is_transient(error: BaseException) -> bool:
    """Whether the transaction lost a race (deadlock, serialization) and may simply be run again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _TRANSIENT


def is_absent(error: BaseException) -> bool:
    """Whether the error says that the database cannot be reached now, rather than that the statement is wrong.

    No free connection in the pool counts as well: that is nobody's fault who waits for one.
    """
    if isinstance(error, PoolExhausted):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return state[:2] in _ABSENT_CLASSES and state != _STATEMENT_TIMED_OUT
