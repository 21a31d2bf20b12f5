"""Complaints that repeat earlier ones: of the same household or place, in the same category, within some days (R190)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, or_, select, text

from services.chassis.sql import Prepared, as_json
from services.routing.storage.tables import cases, repeats

#: Of a place with many complaints the nearest in time are named; more say nothing more to who handles it.
MOST_NAMED: Final = 20

_OF_HOUSEHOLD = "c.household_id = n.household_id AND c.category = n.category"
_OF_PLACE = (
    "c.estate = n.estate AND c.category = n.category AND md5(c.place) = md5(n.place) AND c.place = n.place"
)
_BEFORE = "c.received_at >= n.since AND (c.received_at, c.number) < (n.received_at, n.number)"
_AFTER = "c.received_at <= n.until AND (c.received_at, c.number) > (n.received_at, n.number)"


def _nearest(same: str, when: str, order: str) -> str:
    # Half-open conditions on rows are no bounds of an index in which other columns come first: both are given.
    bound = "c.received_at <= n.received_at" if when is _BEFORE else "c.received_at >= n.received_at"
    return (
        f"(SELECT c.number FROM cases c WHERE {same} AND {bound} AND {when}"  # noqa: S608 - words of ours
        f" ORDER BY c.received_at {order}, c.number {order} LIMIT :most)"
    )


# In both directions: what is registered late may be what others repeat.
_NOTE = text(
    f"""
    WITH noted AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(
            number text, estate text, category text, household_id text, place text,
            received_at timestamptz, since timestamptz, until timestamptz
        )
    )
    INSERT INTO repeats (number, earlier)
    SELECT n.number, found.number FROM noted n CROSS JOIN LATERAL (
        {_nearest(_OF_HOUSEHOLD, _BEFORE, "DESC")} UNION {_nearest(_OF_PLACE, _BEFORE, "DESC")}
    ) found
    UNION
    SELECT found.number, n.number FROM noted n CROSS JOIN LATERAL (
        {_nearest(_OF_HOUSEHOLD, _AFTER, "ASC")} UNION {_nearest(_OF_PLACE, _AFTER, "ASC")}
    ) found
    ON CONFLICT DO NOTHING
    """  # noqa: S608 - words of ours
)


def row(case: Mapping[str, Any], within: timedelta) -> dict[str, Any]:
    """A case as `note` needs it; `within` is how long after another one it still repeats it."""
    received_at: datetime = case["received_at"]
    taken = ("number", "estate", "category", "household_id", "place", "received_at")
    return {
        **{name: case[name] for name in taken},
        "since": received_at - within,
        "until": received_at + within,
    }


def note(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write which earlier complaints these cases repeat, and which later ones repeat these, with one statement for all."""
    comparable = [each for each in rows if each["household_id"] or each["place"]]
    if comparable:
        connection.execute(_NOTE, {"rows": as_json(comparable), "most": MOST_NAMED})


def forget(connection: Connection, number: str) -> None:
    """Delete what was noted of a case, which no longer is of the category it was compared in."""
    connection.execute(delete(repeats).where(or_(repeats.c.number == number, repeats.c.earlier == number)))


_EARLIER: Final = Prepared(
    select(repeats.c.earlier)
    .join(cases, cases.c.number == repeats.c.earlier)
    .where(repeats.c.number == bindparam("number"))
    .order_by(cases.c.received_at.desc(), cases.c.number.desc())
)


def earlier_of(connection: Connection, number: str) -> list[str]:
    """The numbers of the complaints a case repeats, newest first."""
    return _EARLIER.values(connection, number=number)


def is_repeat() -> ColumnElement[bool]:
    """Whether a case repeats another, as a condition beside `cases`."""
    return exists(select(repeats.c.number).where(repeats.c.number == cases.c.number))
