"""Counting into cells what has changed since the last time (DESIGN §6).

One transaction takes the notes of `changes` away and counts anew all that they make stale, so a crash leaves both or neither.
Only one process counts at a time: no cell is ever overwritten by what was counted earlier.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, text, update

from services.analytics.domain import COUNTED_KINDS
from services.analytics.storage import changes
from services.analytics.storage.cells import count_estates, count_traits
from services.analytics.storage.measures import repeats
from services.analytics.storage.tables import changes as notes
from services.analytics.storage.tables import estate_cells, estates, facts, trait_cells
from services.chassis.sql import insert_rows, recordset

#: Notes taken at once. After an upgrade they are of neighbouring days, of which many together cost little more than a few.
PIECE = 50_000

#: Anything fixed: one process counts at a time.
_LOCK = text("SELECT pg_try_advisory_xact_lock(1280263490)")
#: Nobody waits for who counts, and there may be much of it.
_UNHURRIED = text("SET LOCAL statement_timeout = 0")


def count(connection: Connection, generation: int, piece: int = PIECE) -> bool:
    """Count what has changed; true when there may be more. Nothing happens while another process counts."""
    if not connection.scalar(_LOCK):
        return False
    connection.execute(_UNHURRIED)
    _move(connection, generation)
    numbers = changes.take(connection, generation, piece)
    stale = changes.stale(connection, generation, numbers, noted=False)
    if stale:
        flagged = _flag(connection, generation, [fact.number for fact in stale])
        # What might have repeated a complaint that changed, and does so as before, counts as before.
        counted = [fact for fact in stale if fact.number in flagged or fact.number in numbers]
        count_estates(connection, generation, {(fact.estate, fact.month) for fact in counted})
        count_traits(connection, generation, {(fact.group, fact.day) for fact in counted})
    return len(numbers) == piece


def moved(generation: int) -> ColumnElement[bool]:
    """Whether the cells do not hold an estate as it is: it is new, or its zone or group changed."""
    return and_(
        estates.c.generation == generation,
        or_(
            estates.c.counted_zone.is_distinct_from(estates.c.zone),
            estates.c.counted_group.is_distinct_from(estates.c.group_code),
        ),
    )


def _move(connection: Connection, generation: int) -> None:
    """Take note of estates that are new, or in another zone or group: then all facts of the groups concerned are stale.

    Cells of days are of many estates, and which of their complaints fell on which day before is not known any more.
    """
    found = connection.execute(
        select(estates.c.code, estates.c.group_code, estates.c.counted_group)
        .where(moved(generation))
        .with_for_update()
    ).all()
    if not found:
        return
    before = [estate for estate in found if estate.counted_group is not None]
    groups = {estate.group_code for estate in before} | {estate.counted_group for estate in before}
    codes = [estate.code for estate in found]
    touched = or_(estates.c.code.in_(codes), estates.c.group_code.in_(groups))
    of_them = and_(estates.c.generation == facts.c.generation, estates.c.code == facts.c.estate, touched)
    changes.note(
        connection,
        generation,
        select(facts.c.number).join(estates, of_them).where(facts.c.generation == generation),
    )
    of_estates = and_(estate_cells.c.generation == generation, estate_cells.c.estate.in_(codes))
    of_groups = and_(trait_cells.c.generation == generation, trait_cells.c.group_code.in_(groups))
    connection.execute(delete(estate_cells).where(of_estates))
    connection.execute(delete(trait_cells).where(of_groups))
    now = {"counted_zone": estates.c.zone, "counted_group": estates.c.group_code}
    connection.execute(update(estates).where(moved(generation)).values(now))


def _flag(connection: Connection, generation: int, numbers: Sequence[str]) -> set[str]:
    """Bring the stored `repeats` of these facts up to date; returns the numbers of those it was changed of.

    What another transaction holds is changed by it, which may fail: such facts are noted again rather than waited for.
    """
    given = recordset("r", [facts.c.number], [{"number": number} for number in numbers])
    right = func.coalesce(
        and_(
            facts.c.kind.in_(COUNTED_KINDS),
            or_(facts.c.household_id.is_not(None), facts.c.place.is_not(None)),
            repeats(COUNTED_KINDS),
        ),
        False,
    )
    wrong = (
        select(facts.c.number, right.label("repeats"))
        .join(given, facts.c.number == given.c.number)
        .where(facts.c.generation == generation)
        .subquery("wrong")
    )
    found = connection.execute(
        select(wrong.c.number, wrong.c.repeats)
        .join(facts, and_(facts.c.generation == generation, facts.c.number == wrong.c.number))
        .where(wrong.c.repeats != facts.c.repeats)
    ).all()
    if not found:
        return set()
    rows = [{"number": row.number, "repeats": row.repeats} for row in found]
    new = recordset("r", [facts.c.number, facts.c.repeats], rows)
    held = (
        select(facts.c.number, new.c.repeats)
        .join(new, facts.c.number == new.c.number)
        .where(facts.c.generation == generation)
        .order_by(facts.c.number)
        .with_for_update(of=facts, skip_locked=True)
        .cte("held")
    )
    written = set(
        connection.scalars(
            update(facts)
            .where(facts.c.generation == generation, facts.c.number == held.c.number)
            .values(repeats=held.c.repeats)
            .returning(facts.c.number)
        )
    )
    left = {row.number for row in found} - written
    insert_rows(connection, notes, [{"generation": generation, "number": number} for number in left])
    return written
