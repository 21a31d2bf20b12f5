"""Looking at dead letters: pages of them, and one with its bytes and what was decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select

from services.chassis.dead_letter_decisions import dead_letter_decisions
from services.chassis.dead_letters import Status, dead_letters
from services.chassis.errors import NotFound
from services.chassis.http.paging import Page
from services.chassis.pages import one_page

_LISTED = tuple(column for column in dead_letters.c if column.name not in ("consumer", "digest", "body"))
#: What a list may be sorted by, the standard first.
SORTABLE = ("last_at", "first_at", "name", "reason", "times")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant; None restricts nothing.

    `name` is that of the event, `reason` the code of why it was given up. `older_than` and `newer_than` are instants between
    which it was given up last.
    """

    status: str | None = Status.OPEN.value
    name: str | None = None
    reason: str | None = None
    older_than: datetime | None = None
    newer_than: datetime | None = None

    def condition(self) -> ColumnElement[bool]:
        """The same as a condition on the table."""
        table = dead_letters.c
        wanted = [
            column == value
            for column, value in (
                (table.status, self.status),
                (table.name, self.name),
                (table.reason, self.reason),
            )
            if value is not None
        ]
        if self.older_than is not None:
            wanted.append(table.last_at < self.older_than)
        if self.newer_than is not None:
            wanted.append(table.last_at >= self.newer_than)
        return and_(True, *wanted)


@dataclass(frozen=True, slots=True)
class Opened:
    """One letter: its columns without the bytes, the bytes, and the decisions about it, the first one first."""

    letter: RowMapping
    body: bytes | None
    decisions: Sequence[RowMapping]


def listing(
    connection: Connection, consumer: str, wanted: Filter, page: Page
) -> tuple[Sequence[RowMapping], int]:
    """One page of the letters of `consumer`, without their bytes, and how many there are."""
    query = select(*_LISTED).where(dead_letters.c.consumer == consumer, wanted.condition())
    return one_page(connection, query, page, dead_letters.c[page.sort], dead_letters.c.id)


def opened(connection: Connection, consumer: str, letter: str) -> Opened:
    """One letter with everything about it. Raises `NotFound`."""
    mine = (dead_letters.c.consumer == consumer) & (dead_letters.c.id == letter)
    row: RowMapping | None = (
        connection.execute(select(*_LISTED, dead_letters.c.body).where(mine)).mappings().one_or_none()
    )
    if row is None:
        raise NotFound("dead_letter_unknown")
    decided = dead_letter_decisions.c
    decisions = connection.execute(
        select(decided.decision, decided.decided_by, decided.reason, decided.at)
        .where(decided.letter == letter)
        .order_by(decided.at, decided.id)
    )
    body: Any = row["body"]
    return Opened(row, None if body is None else bytes(body), decisions.mappings().all())
