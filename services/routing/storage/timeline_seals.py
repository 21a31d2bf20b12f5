"""Seals over the entries of all cases, one a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sql import direct
from services.routing.domain.chain import START
from services.routing.storage.tables import timeline, timeline_seals

#: Entries that are read with one statement.
PAGE: Final = 20_000

_ENTRIES: Final = f"""
    SELECT id, digest FROM timeline WHERE id > %(after)s AND id <= %(until)s ORDER BY id LIMIT {PAGE}
    """  # noqa: S608 - words of ours
_UNCHAINED: Final = "SELECT EXISTS (SELECT FROM timeline WHERE position IS NULL AND id <= %(until)s)"


def note(connection: Connection, day: date, now: datetime) -> None:
    """Note where a day begins, unless it is noted."""
    newest = select(func.coalesce(func.max(timeline.c.id), 0)).scalar_subquery()
    values = {"day": day, "until": newest, "noted_at": now, "reached": 0, "entries": 0, "digest": START}
    connection.execute(insert(timeline_seals).values(values).on_conflict_do_nothing())


def is_noted(connection: Connection, day: date) -> bool:
    """Whether it is noted where a day begins."""
    query = select(timeline_seals.c.day).where(timeline_seals.c.day == day)
    return connection.scalar(query) is not None


def lock_oldest_open(connection: Connection, noted_before: datetime) -> Any | None:
    """The oldest seal that is not finished, locked, if its day was noted before; None where there is none."""
    query = select(timeline_seals).where(timeline_seals.c.sealed_at.is_(None)).order_by(timeline_seals.c.day)
    found = connection.execute(query.limit(1).with_for_update()).one_or_none()
    return found if found is not None and found.noted_at < noted_before else None


def before(connection: Connection, day: date) -> Any | None:
    """The finished seal before that of `day`."""
    query = select(timeline_seals).where(timeline_seals.c.day < day, timeline_seals.c.sealed_at.is_not(None))
    return connection.execute(query.order_by(timeline_seals.c.day.desc()).limit(1)).one_or_none()


def finished(connection: Connection, since: date | None) -> list[Any]:
    """All finished seals, from `since` on if that is given, oldest first."""
    query = select(timeline_seals).where(timeline_seals.c.sealed_at.is_not(None))
    if since is not None:
        query = query.where(timeline_seals.c.day >= since)
    return list(connection.execute(query.order_by(timeline_seals.c.day)).all())


def progress(connection: Connection, day: date, **values: object) -> None:
    """Write how far a seal has come."""
    connection.execute(timeline_seals.update().where(timeline_seals.c.day == day).values(values))


def entries(connection: Connection, *, after: int, until: int) -> list[tuple[int, bytes]]:
    """The next ids behind `after`, up to `until`, with their digests."""
    return [
        (id_, digest or b"") for id_, digest in direct(connection, _ENTRIES, {"after": after, "until": until})
    ]


def has_unchained(connection: Connection, until: int) -> bool:
    """Whether an entry up to this id is in no chain yet."""
    found: bool = direct(connection, _UNCHAINED, {"until": until})[0][0]
    return found
