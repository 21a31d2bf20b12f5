"""How long the inbox remembers, and what becomes of an event older than that (DESIGN §2.3, RELIABILITY F17).

Behind the horizon an event that is not in the inbox cannot be told from its copy. It is not handled by itself: a person may
let it in by replaying its dead letter. A generation that is being rebuilt forgets nothing and so has no horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, DateTime, Integer, Table, Text, func, select, text
from sqlalchemy.dialects.postgresql import insert

from services.chassis.dead_letters import Status, dead_letters
from services.chassis.errors import Invalid
from services.chassis.events import Event
from services.chassis.ids import first_id
from services.chassis.metadata import metadata
from services.chassis.settings import SHORTEST_INBOX_DAYS

inbox_horizons = Table(
    "inbox_horizons",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("before", DateTime(timezone=True), nullable=False),
)

#: Reason of the dead letters of such events.
TOO_OLD = "too_old"
#: Nothing younger is asked about, so that events as they come cost no question.
_SURELY_REMEMBERED = timedelta(days=SHORTEST_INBOX_DAYS - 1)
#: Anything fixed: one process at a time forgets.
_LOCK = 0x4C494E4C4B

# Ids are UUIDv7: those made before an instant are the first of the primary key, so no other index is needed.
_FORGET = text(
    """
    WITH piece AS (
        SELECT event_id, time < :before AND handled_at < :before AS over
        FROM inbox
        WHERE consumer = :consumer AND generation = :generation
          AND event_id > CAST(:after AS uuid) AND event_id < CAST(:until AS uuid)
        ORDER BY event_id
        LIMIT :limit
    ), gone AS (
        DELETE FROM inbox
        WHERE consumer = :consumer AND generation = :generation
          AND event_id = ANY(ARRAY(SELECT event_id FROM piece WHERE over))
    )
    SELECT event_id FROM piece ORDER BY event_id DESC LIMIT 1
    """
)


class TooOld(Invalid):
    """An event behind the horizon, which may or may not have been handled long ago."""

    default_code = TOO_OLD


def forget(
    connection: Connection, consumer: str, generation: int, before: datetime, after: str, limit: int
) -> str | None:
    """Forget events recorded and handled before `before`, looking at up to `limit` ids behind `after`.

    Returns the id to go on behind; None at the end, or while another process does the same.
    """
    if not connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        return None
    _move(connection, consumer, generation, before)
    parameters = {
        "consumer": consumer,
        "generation": generation,
        "before": before,
        "after": after,
        "until": first_id(before),
        "limit": limit,
    }
    last = connection.scalar(_FORGET, parameters)
    return None if last is None else str(last)


def behind(
    connection: Connection, consumer: str, generation: int, events: Sequence[Event], now: datetime
) -> set[str]:
    """Ids of those of these newly claimed events that lie behind the horizon and were let in by nobody.

    Ask after they were claimed: whatever the claim did not meet any more was forgotten together with a horizon before it.
    """
    old = [event for event in events if event.time < now - _SURELY_REMEMBERED]
    if not old:
        return set()
    mine = (inbox_horizons.c.consumer == consumer) & (inbox_horizons.c.generation == generation)
    before = connection.scalar(select(inbox_horizons.c.before).where(mine))
    ids = {event.id for event in old if before is not None and event.time < before}
    return ids - _let_in(connection, consumer, ids) if ids else ids


def _move(connection: Connection, consumer: str, generation: int, before: datetime) -> None:
    """A horizon never goes back: what was forgotten stays so, whatever is remembered from now on."""
    row = insert(inbox_horizons).values(consumer=consumer, generation=generation, before=before)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["consumer", "generation"],
            set_={"before": row.excluded.before},
            where=inbox_horizons.c.before < row.excluded.before,
        )
    )


def _let_in(connection: Connection, consumer: str, ids: set[str]) -> set[str]:
    """Those whose dead letter somebody replays although they are too old."""
    rows = connection.scalars(
        select(dead_letters.c.event_id).where(
            dead_letters.c.consumer == consumer,
            dead_letters.c.status == Status.REPLAYING.value,
            dead_letters.c.reason == TOO_OLD,
            dead_letters.c.event_id.in_(sorted(ids)),
        )
    )
    return {str(id_) for id_ in rows}
