"""Cases to be compared with others, and those others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sql import as_json, direct, direct_rows
from services.routing.domain.policy.matters import Matters
from services.routing.storage.tables import cases, comparisons, estates

#: Characters of a text that are read to compare it; more than are compared, for what is left out of them.
_READ: Final = 1000

# Newest first along the index of the estate: a walk over what the window holds, never over all.
_NEAR: Final = """
    SELECT w.number, ARRAY(
        SELECT c.number FROM cases c
        WHERE c.estate = w.estate AND c.received_at BETWEEN w.since AND w.until AND c.category = w.category
          AND c.number <> w.number AND NOT c.historical AND c.status <> 'withdrawn'
        ORDER BY c.received_at DESC, c.number DESC LIMIT w.most
    ) FROM json_to_recordset(CAST(%(wanted)s AS json)) AS w(
        number text, estate text, category text, since timestamptz, until timestamptz, most int
    )
    """
# What many are compared with is read once.
_READ_THEM: Final = f"""
    SELECT number, received_at, household_id, party_id, place, location, status, left(text, {_READ}) AS text
    FROM cases WHERE number = ANY(%(numbers)s)
    """  # noqa: S608 - a number of ours


def row(number: str, now: datetime, unhappy_with: str | None = None) -> dict[str, Any]:
    """A case that is to be compared, for the table."""
    return {"number": number, "at": now, "since": now, "unhappy_with": unhappy_with}


def again(connection: Connection, number: str, now: datetime) -> None:
    """Compare a case anew; one that waits for it anyway is left as it is."""
    connection.execute(insert(comparisons).values(row(number, now)).on_conflict_do_nothing())


def take(connection: Connection, now: datetime, limit: int) -> Sequence[Any]:
    """Cases whose turn it is, oldest first, with what comparing them needs.

    They are locked until the transaction ends, and left to whoever holds them already (SKIP LOCKED).
    """
    query = (
        select(
            comparisons.c.since,
            comparisons.c.unhappy_with,
            cases.c.number,
            cases.c.estate,
            cases.c.category,
            cases.c.status,
            cases.c.received_at,
            cases.c.household_id,
            cases.c.party_id,
            cases.c.receiver,
            cases.c.place,
            cases.c.location,
            cases.c.text,
            estates.c.path,
        )
        .join(cases, cases.c.number == comparisons.c.number)
        .join(estates, estates.c.code == cases.c.estate)
        .where(comparisons.c.at <= now)
        .order_by(comparisons.c.at, comparisons.c.number)
        .limit(limit)
        .with_for_update(of=comparisons, skip_locked=True)
    )
    return connection.execute(query).all()


def done(connection: Connection, numbers: Collection[str]) -> None:
    """These were compared."""
    if numbers:
        connection.execute(delete(comparisons).where(comparisons.c.number.in_(list(numbers))))


def postpone(connection: Connection, numbers: Collection[str], at: datetime) -> None:
    """Look at these again at `at`."""
    if numbers:
        mine = comparisons.c.number.in_(list(numbers))
        connection.execute(comparisons.update().where(mine).values(at=at))


def wanted(case: Row[Any], matters: Matters) -> dict[str, Any]:
    """With what a case is to be compared: others of its estate and category, near in time and not too many."""
    return {
        "number": case.number,
        "estate": case.estate,
        "category": case.category,
        "since": case.received_at - matters.within,
        "until": case.received_at + matters.within,
        "most": matters.compared,
    }


def others(connection: Connection, sought: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """By number of a case those that it is to be compared with, newest first; two statements for all."""
    if not sought:
        return {}
    near = direct(connection, _NEAR, {"wanted": as_json(sought)})
    numbers = list({number for _, those in near for number in those})
    rows = {row.number: row for row in direct_rows(connection, _READ_THEM, {"numbers": numbers})}
    return {number: [rows[other] for other in those] for number, those in near if those}
