"""Rows of suggested links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, and_, case, exists, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sql import recordset
from services.routing.storage.scope import estates_below
from services.routing.storage.tables import case_links, cases, suggestions


class Status(StrEnum):
    """What became of a suggestion."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


def add(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write suggestions; of two complaints that one was made of already, nothing changes."""
    if not rows:
        return
    columns = list(suggestions.columns)[:5]
    names = [column.name for column in columns]
    # Sorted, so that two who find the same take their locks in the same order.
    ordered = sorted(rows, key=lambda row: (row["number"], row["other"]))
    source = recordset(
        "r",
        [*columns, suggestions.c.at, suggestions.c.status],
        [{**row, "at": now, "status": Status.OPEN.value} for row in ordered],
    )
    statement = insert(suggestions).from_select([*names, "at", "status"], source.select())
    connection.execute(statement.on_conflict_do_nothing())


def lock(connection: Connection, number: str, other: str) -> Row[Any] | None:
    """The suggestion made of these two, whichever is the later one, locked until the transaction ends."""
    query = select(suggestions).where(
        or_(
            and_(suggestions.c.number == number, suggestions.c.other == other),
            and_(suggestions.c.number == other, suggestions.c.other == number),
        )
    )
    return connection.execute(query.with_for_update()).one_or_none()


def decide(
    connection: Connection, row: Row[Any], status: Status, *, by: str, reason: str | None, now: datetime
) -> None:
    """Note what a person decided about a suggestion."""
    connection.execute(
        suggestions.update()
        .where(suggestions.c.number == row.number, suggestions.c.other == row.other)
        .values(status=status.value, decided_by=by, decided_at=now, decision_reason=reason)
    )


def open_of(connection: Connection, number: str, *, scope: str) -> Sequence[RowMapping]:
    """What is suggested of a case and was neither decided nor linked meanwhile, the best first, with the other complaint.

    `direction` is `to` where the case is the later one, `from` where it is the other.
    """
    later = suggestions.c.number == number
    end = case((later, suggestions.c.other), else_=suggestions.c.number)
    linked = exists(
        select(case_links.c.id).where(
            case_links.c.removed_at.is_(None),
            or_(
                and_(case_links.c.number == suggestions.c.number, case_links.c.other == suggestions.c.other),
                and_(case_links.c.number == suggestions.c.other, case_links.c.other == suggestions.c.number),
            ),
        )
    )
    query = (
        select(
            cases.c.number,
            suggestions.c.kind,
            case((later, "to"), else_="from").label("direction"),
            suggestions.c.score,
            suggestions.c.reasons,
            suggestions.c.at,
            cases.c.status,
            cases.c.received_at,
            cases.c.location,
            cases.c.text,
        )
        .join(cases, cases.c.number == end)
        .where(
            or_(later, suggestions.c.other == number),
            suggestions.c.status == Status.OPEN.value,
            cases.c.estate.in_(estates_below(scope)),
            ~linked,
        )
        .order_by(suggestions.c.score.desc(), cases.c.number)
    )
    return connection.execute(query).mappings().all()
