"""What a rebuild from a date on keeps: facts of complaints received before it, and the tenant tree (DESIGN §2.13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.analytics.storage.changes import note
from services.analytics.storage.tables import carries, estates, facts

#: Facts carried over in one transaction, for which live events wait.
PIECE = 2_000
#: What is counted in each generation anew.
_COUNTED = ("repeats", "counted_zone", "counted_group")


def begin(connection: Connection, generation: int, before: datetime) -> None:
    """Note that `generation` is to get what is older than `before`; what was noted for another is void."""
    connection.execute(carries.delete())
    connection.execute(carries.insert().values(generation=generation, received_before=before, after=""))


def carry_over(connection: Connection, read: int, built: int, piece: int = PIECE) -> bool:
    """Copy up to `piece` facts from the generation `read` to the one that is `built`; false when nothing is to be copied.

    No event may be handled meanwhile: then the older row holds all that was written into both, and may replace the newer.
    """
    mine = carries.c.generation == built
    job = connection.execute(select(carries).where(mine)).one_or_none()
    if job is None:
        return False
    if not job.after:
        _copy(connection, estates, read, built, estates.c.generation == read)
    # A complaint whose registration has not arrived is carried over too: that event may be older than the date.
    older = or_(facts.c.received_at.is_(None), facts.c.received_at < job.received_before)
    wanted = (facts.c.generation == read) & (facts.c.number > job.after) & older
    some = select(facts.c.number).where(wanted).order_by(facts.c.number).limit(piece).subquery("some")
    last, copied = connection.execute(select(func.max(some.c.number), func.count())).one()
    if copied:
        _copy(connection, facts, read, built, wanted & (facts.c.number <= last))
        note(connection, built, select(some.c.number))
    rest = carries.update().values(after=last) if copied == piece else carries.delete()
    connection.execute(rest.where(mine))
    return True


def _copy(connection: Connection, table: Table, read: int, built: int, wanted: ColumnElement[bool]) -> None:
    names = [column.name for column in table.c if column.name not in ("generation", *_COUNTED)]
    key = [column.name for column in table.primary_key]
    rows = select(literal(built), *(table.c[name] for name in names)).where(wanted).order_by(table.c[key[-1]])
    row = insert(table).from_select(["generation", *names], rows)
    values = {name: row.excluded[name] for name in names if name not in key}
    connection.execute(row.on_conflict_do_update(index_elements=key, set_=values))
