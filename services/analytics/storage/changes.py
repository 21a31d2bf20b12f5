"""Which facts have changed since they were counted, and what that makes stale (DESIGN §6).

The note is made in the transaction of the change. A fact without a note, and without one at any fact that it might repeat, has
the right `repeats`; a cell without such a fact holds the right figures. So whoever reads leaves the stale aside and counts it
from the facts, in one snapshot: an answer is never older than the facts, whenever and however they are counted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    and_,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    true,
    union,
)

from services.analytics.domain import REPEAT_WITHIN
from services.analytics.storage.days import local_day
from services.analytics.storage.tables import changes, estates, facts
from services.chassis.sql import recordset

#: Notes of changes beyond which nothing is read but facts.
_MOST = 5_000
_place: ColumnElement[Any] = literal_column("changes.ctid")


@dataclass(frozen=True)
class Stale:
    """A fact that is to be counted anew, and the estate, group and day of that estate's zone it counts for."""

    number: str
    estate: str
    group: str
    day: date

    @property
    def month(self) -> date:
        """The first of the month the day is in."""
        return self.day.replace(day=1)


def noting(generation: int, write: Insert) -> Insert:
    """`write`, an insert or update of facts, and with it the note that they changed. What is not registered is not counted."""
    written = write.returning(facts.c.number, facts.c.estate).cte("written")
    changed = select(literal(generation), written.c.number).where(written.c.estate.is_not(None))
    return insert(changes).from_select(["generation", "number"], changed).add_cte(written)


def note(connection: Connection, generation: int, numbers: Select[tuple[str]]) -> None:
    """Note that the facts whose numbers `numbers` selects changed."""
    wanted = numbers.subquery()
    rows = select(literal(generation), *wanted.c)
    connection.execute(insert(changes).from_select(["generation", "number"], rows))


def waiting(connection: Connection, generation: int) -> list[Stale] | None:
    """All that is stale now; None while so much waits to be counted, as after an upgrade, that counted things are of no use."""
    mine = select(changes.c.number).where(changes.c.generation == generation).limit(_MOST + 1)
    numbers = connection.scalars(mine).all()
    return None if len(numbers) > _MOST else stale(connection, generation, set(numbers))


def take(connection: Connection, generation: int, limit: int) -> set[str]:
    """Take up to `limit` notes away; returns the numbers. Whoever changes a fact from now on notes it again."""
    place = select(_place).select_from(changes).where(changes.c.generation == generation).limit(limit)
    taken = changes.delete().where(_place == func.any(func.array(place.scalar_subquery())))
    return set(connection.scalars(taken.returning(changes.c.number)))


def stale(
    connection: Connection, generation: int, numbers: Collection[str], *, noted: bool = True
) -> list[Stale]:
    """What is stale when the facts `numbers` have changed: they, and all that might repeat one of them.

    Whatever a fact's category was before, what repeated it then is of the same household or place. Without `noted`, what
    might repeat one of them and has a note of its own is left for later.
    """
    if not numbers:
        return []
    given = recordset("r", [facts.c.number], [{"number": number} for number in numbers])
    of_it = [facts.c.number, facts.c.estate, facts.c.received_at]
    first = (
        select(*of_it, facts.c.household_id, facts.c.place)
        .join(given, facts.c.number == given.c.number)
        .where(facts.c.generation == generation, facts.c.estate.is_not(None))
        .cte("changed")
    )
    of_fact = changes.c.number == facts.c.number
    later = and_(
        facts.c.generation == generation,
        facts.c.estate == first.c.estate,
        facts.c.received_at.between(first.c.received_at, first.c.received_at + literal(REPEAT_WITHIN)),
        true() if noted else ~exists().where(changes.c.generation == generation, of_fact),
    )
    same_place = and_(func.md5(facts.c.place) == func.md5(first.c.place), facts.c.place == first.c.place)
    touched = union(
        select(first.c.number, first.c.estate, first.c.received_at),
        select(*of_it).join(first, and_(later, facts.c.household_id == first.c.household_id)),
        select(*of_it).join(first, and_(later, same_place)),
    ).subquery("touched")
    rows = (
        select(
            touched.c.number,
            estates.c.code,
            estates.c.group_code,
            local_day(touched.c.received_at),
        )
        .join(estates, estates.c.code == touched.c.estate)
        .where(estates.c.generation == generation)
    )
    return [Stale(*row) for row in connection.execute(rows)]
