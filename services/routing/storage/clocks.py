"""Rows of clocks, their pauses and the timetables they were computed with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Column, Connection, Row, RowMapping, Select, Text, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from services.chassis.sql import Prepared, among, as_json, direct, insert_rows, recordset, updating
from services.routing.storage.tables import calendars, cases, clocks, pauses

#: Number, name and occurrence of a clock.
Key = tuple[str, str, int]

_KEY: tuple[Column[Any], ...] = (clocks.c.number, clocks.c.name, clocks.c.occurrence)
_KEY_NAMES: Final = ("number", "name", "occurrence")
#: What of a case decides about its clocks, and how its events are marked.
_OF_THE_CASE: tuple[Column[Any], ...] = (
    cases.c.estate,
    cases.c.category,
    cases.c.urgency,
    cases.c.severity,
    cases.c.channel,
    cases.c.historical,
)


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new clocks."""
    insert_rows(connection, clocks, rows)


def change(connection: Connection, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Set `columns` of clocks to what `rows` say, each named by `number`, `name` and `occurrence`."""
    if not rows:
        return
    names = (*_KEY_NAMES, *columns)
    changes = [{name: row[name] for name in names} for row in rows]
    direct(connection, _change(tuple(columns)), {"rows": as_json(changes)})


@cache
def _change(columns: tuple[str, ...]) -> str:
    return updating(clocks, _KEY_NAMES, columns)


#: Clocks (number, name) by two lists of one length.
_OF_THESE: Final = tuple_(clocks.c.number, clocks.c.name).in_(
    select(
        func.unnest(bindparam("numbers", type_=ARRAY(Text)), bindparam("names", type_=ARRAY(Text)))
        .table_valued("number", "name")
        .render_derived(name="wanted")
    )
)
_LOCK_RUNNING: Final = Prepared(
    select(clocks).where(_OF_THESE, clocks.c.stopped_at.is_(None)).order_by(*_KEY).with_for_update()
)
_LAST_OCCURRENCES: Final = Prepared(
    select(
        clocks.c.number,
        clocks.c.name,
        func.max(clocks.c.occurrence).label("last"),
        func.bool_or(clocks.c.stopped_at.is_(None)).label("runs"),
    )
    .where(_OF_THESE)
    .group_by(clocks.c.number, clocks.c.name)
)


def lock_running(connection: Connection, keys: Collection[tuple[str, str]]) -> Sequence[Any]:
    """The running occurrences of the clocks (number, name), locked until the transaction ends. Lock their cases before."""
    return _LOCK_RUNNING.rows(connection, **_lists(keys))


def last_occurrences(
    connection: Connection, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, bool]]:
    """For each of the clocks (number, name) that ever ran the last occurrence, and whether it still runs."""
    rows = _LAST_OCCURRENCES.rows(connection, **_lists(keys))
    return {(row.number, row.name): (row.last, row.runs) for row in rows}


def _lists(keys: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    return {"numbers": [number for number, _ in keys], "names": [name for _, name in keys]}


def lock_overdue(connection: Connection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Running clocks past their target whose breach was not told yet, oldest due first, with what their case says.

    Rows that another transaction holds are left to it (SKIP LOCKED).
    """
    query = (
        _with_case()
        .where(clocks.c.due_at < now, clocks.c.stopped_at.is_(None), clocks.c.breached_at.is_(None))
        .order_by(clocks.c.due_at, *_KEY)
        .limit(limit)
        .with_for_update(of=clocks, skip_locked=True)
    )
    return connection.execute(query).all()


def lock_cases_to_escalate(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Numbers of cases with a clock that reached its next level, those longest due first, locked (SKIP LOCKED)."""
    query = (
        select(clocks.c.number)
        .join(cases, cases.c.number == clocks.c.number)
        .where(clocks.c.escalate_at <= now)
        .order_by(clocks.c.escalate_at, *_KEY)
        .limit(limit)
        .with_for_update(of=cases, skip_locked=True, key_share=True)
    )
    return list(dict.fromkeys(connection.scalars(query)))


def lock_to_escalate(connection: Connection, numbers: Collection[str], now: datetime) -> Sequence[Row[Any]]:
    """All clocks of these cases that reached their next level, longest due first, locked, with what their case says."""
    query = (
        _with_case()
        .where(clocks.c.number.in_(list(numbers)), clocks.c.escalate_at <= now)
        .order_by(clocks.c.escalate_at, *_KEY)
        .with_for_update(of=clocks)
    )
    return connection.execute(query).all()


def pending(
    connection: Connection, now: datetime, after: tuple[datetime, str, str, int] | None, limit: int
) -> Sequence[Row[Any]]:
    """The next clocks that are not yet due, in the order of due time and key, behind the position `after`.

    With `regime`, and the `estate` of their case.
    """
    from_ = now if after is None else max(now, after[0])
    query = (
        select(clocks.c.due_at, *_KEY, clocks.c.regime, cases.c.estate)
        .join(cases, cases.c.number == clocks.c.number)
        .where(clocks.c.stopped_at.is_(None), clocks.c.breached_at.is_(None), clocks.c.due_at >= from_)
        .order_by(clocks.c.due_at, *_KEY)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(clocks.c.due_at, *_KEY) > after)
    return cast(Sequence[Row[Any]], connection.execute(query).all())


def lock_pending_of(connection: Connection, numbers: Collection[str], now: datetime) -> Sequence[Row[Any]]:
    """The clocks of these cases that are not yet due, locked, with what their case says. Lock the cases before."""
    query = (
        _with_case()
        .where(
            clocks.c.number.in_(list(numbers)),
            clocks.c.stopped_at.is_(None),
            clocks.c.breached_at.is_(None),
            clocks.c.due_at > now,
        )
        .order_by(*_KEY)
        .with_for_update(of=clocks)
    )
    return connection.execute(query).all()


_OF_CASE: Final = Prepared(
    select(clocks).where(clocks.c.number == bindparam("number")).order_by(clocks.c.started_at, clocks.c.name)
)
_PAUSES: Final = Prepared(
    select(pauses).where(among(pauses.c.number, "numbers")).order_by(pauses.c.paused_at)
)


def of_case(connection: Connection, number: str) -> Sequence[Mapping[str, Any]]:
    """All clocks of a case, in the order they start."""
    return _OF_CASE.mappings(connection, number=number)


def pauses_of(connection: Connection, numbers: Collection[str]) -> dict[Key, list[Any]]:
    """The pauses of all clocks of these cases, in order."""
    found: dict[Key, list[Any]] = defaultdict(list)
    for row in _PAUSES.rows(connection, numbers=list(numbers)):
        found[row.number, row.clock, row.occurrence].append(row)
    return found


def pause(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a new pause."""
    connection.execute(pauses.insert().values(**values))


def resume(connection: Connection, key: Key, paused_at: datetime, resumed_at: datetime) -> None:
    """End a pause."""
    connection.execute(
        pauses.update()
        .where(tuple_(pauses.c.number, pauses.c.clock, pauses.c.occurrence) == key)
        .where(pauses.c.paused_at == paused_at)
        .values(resumed_at=resumed_at)
    )


def keep_calendars(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep timetables by their version; one that is known stays as it is."""
    source = recordset("r", list(calendars.columns), rows)
    names = [column.name for column in calendars.columns]
    statement = upsert(calendars).from_select(names, source.select().order_by(source.c.version))
    connection.execute(statement.on_conflict_do_nothing())


def calendars_of(connection: Connection, versions: Collection[str]) -> dict[str, RowMapping]:
    """Timetables by their version."""
    query = select(calendars).where(calendars.c.version.in_(list(versions)))
    return {row["version"]: row for row in connection.execute(query).mappings()}


def _with_case() -> Select[Any]:
    return select(clocks, *_OF_THE_CASE).join(cases, cases.c.number == clocks.c.number)
