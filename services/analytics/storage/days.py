"""Days as each estate has them: from its own midnight to the next (DESIGN §6)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Interval,
    and_,
    cast,
    func,
    literal,
    literal_column,
    true,
)

from services.analytics.domain import Bound, Window
from services.analytics.storage.tables import estates, facts


def begins(day: ColumnElement[Any]) -> ColumnElement[datetime]:
    """The instant at which `day` begins in the zone of `estates`."""
    return func.timezone(estates.c.zone, cast(day, DateTime(timezone=False)))


def month_after(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """The day a month after `day`."""
    return day + literal_column("interval '1 month'", Interval)


def local_day(instant: ColumnElement[Any]) -> ColumnElement[date]:
    """The day that has begun in the zone of `estates` and whose next has not.

    Where clocks go back at midnight that is not the date on the calendar for an hour, but it is the day windows are made of.
    """
    day = cast(func.timezone(estates.c.zone, instant), Date)
    return day - cast(instant < begins(day), Integer)


def received_in(window: Window) -> ColumnElement[bool]:
    """Whether a fact was received in `window`, of which a day begins in the zone of its estate."""
    conditions: list[ColumnElement[bool]] = [true()]
    if window.start is not None:
        conditions.append(facts.c.received_at >= _instant(window.start))
    if window.end is not None:
        conditions.append(facts.c.received_at < _instant(window.end))
    return and_(*conditions)


def _instant(bound: Bound) -> ColumnElement[Any]:
    return literal(bound) if isinstance(bound, datetime) else begins(literal(bound))
