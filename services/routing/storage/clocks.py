"""Rows of clocks, their pauses and the timetables they were computed with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Column, Connection, Row, RowMapping, Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from services.chassis.sql import insert_rows, recordset
from services.routing.storage.tables import calendars, cases, clocks, pauses

#: Number, name and occurrence of a clock.
Key = tuple[str, str, int]

_KEY: tuple[Column[Any], ...] = (clocks.c.number, clocks.c.name, clocks.c.occurrence)
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
    fields: list[Column[Any]] = [clocks.c[name] for name in columns]
    names = ("number", "name", "occurrence", *columns)
    news = recordset("n", [*_KEY, *fields], [{name: row[name] for name in names} for row in rows])
    connection.execute(
        clocks.update()
        .where(*(column == news.c[column.name] for column in _KEY))
        .values({field: news.c[field.name] for field in fields})
    )


def lock_running(connection: Connection, keys: Collection[tuple[str, str]]) -> Sequence[Row[Any]]:
    """The running occurrences of the clocks (number, name), locked until the transaction ends. Lock their cases before."""
    query = select(clocks).where(
        tuple_(clocks.c.number, clocks.c.name).in_(sorted(keys)), clocks.c.stopped_at.is_(None)
    )
    return connection.execute(query.order_by(*_KEY).with_for_update()).all()


def last_occurrences(
    connection: Connection, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, bool]]:
    """For each of the clocks (number, name) that ever ran the last occurrence, and whether it still runs."""
    query = (
        select(
            clocks.c.number,
            clocks.c.name,
            func.max(clocks.c.occurrence),
            func.bool_or(clocks.c.stopped_at.is_(None)),
        )
        .where(tuple_(clocks.c.number, clocks.c.name).in_(sorted(keys)))
        .group_by(clocks.c.number, clocks.c.name)
    )
    return {(number, name): (last, runs) for number, name, last, runs in connection.execute(query)}


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
        .with_for_update(of=cases, skip_locked=True)
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


def of_case(connection: Connection, number: str) -> Sequence[RowMapping]:
    """All clocks of a case, in the order they start."""
    query = select(clocks).where(clocks.c.number == number).order_by(clocks.c.started_at, clocks.c.name)
    return connection.execute(query).mappings().all()


def pauses_of(connection: Connection, numbers: Collection[str]) -> dict[Key, list[Row[Any]]]:
    """The pauses of all clocks of these cases, in order."""
    found: dict[Key, list[Row[Any]]] = defaultdict(list)
    query = select(pauses).where(pauses.c.number.in_(list(numbers))).order_by(pauses.c.paused_at)
    for row in connection.execute(query):
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
