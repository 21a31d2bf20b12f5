"""Which events were handled: delivered at least once, effective exactly once (DESIGN §2.3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert

from services.chassis.events import Event
from services.chassis.metadata import metadata
from services.chassis.sql import delete_some, direct

#: The only generation of everything that is not a projection.
FIRST_GENERATION = 1

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("source", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("replayed", Boolean, nullable=False, server_default=text("false")),
)
Index("inbox_replayed", inbox.c.generation, inbox.c.source, postgresql_where=inbox.c.replayed)

_ROWS = """
    INSERT INTO inbox (consumer, generation, event_id, source, name, time, replayed)
    SELECT %(consumer)s, %(generation)s, id, source, name, time, %(replayed)s
    FROM json_to_recordset(CAST(%(events)s AS json)) AS e(id uuid, source text, name text, time timestamptz)
    ORDER BY id
    ON CONFLICT (consumer, generation, event_id)
"""
_CLAIM = _ROWS + "DO NOTHING RETURNING event_id"
# xmax is 0 only for a row this statement inserted: a copy of an event already handled live is counted, not handled.
_CLAIM_REPLAYED = (
    _ROWS + "DO UPDATE SET replayed = true WHERE NOT inbox.replayed RETURNING event_id, xmax = 0"
)


def claim(
    connection: Connection, consumer: str, generation: int, events: Sequence[Event], *, replayed: bool = False
) -> set[str]:
    """Write these events into the inbox; returns the ids of those that were not there.

    The rows stand or fall with the transaction that holds the events' effects.
    """
    parameters = {
        "consumer": consumer,
        "generation": generation,
        "replayed": replayed,
        "events": orjson.dumps(
            [
                {"id": event.id, "source": event.source, "name": event.name, "time": event.time}
                for event in events
            ]
        ).decode(),
    }
    if replayed:
        return {id_ for id_, fresh in direct(connection, _CLAIM_REPLAYED, parameters) if fresh}
    return {id_ for (id_,) in direct(connection, _CLAIM, parameters)}


def carry_over(
    connection: Connection, consumer: str, known: int, generation: int, names: Collection[str], since: str
) -> None:
    """Make events called one of `names`, from the id `since`, known in `generation` as they are in the generation `known`."""
    carried = [inbox.c.event_id, inbox.c.source, inbox.c.name, inbox.c.time]
    rows = select(inbox.c.consumer, literal(generation), *carried).where(
        inbox.c.consumer == consumer,
        inbox.c.generation == known,
        inbox.c.event_id >= since,
        inbox.c.name.in_(sorted(names)),
    )
    into = [inbox.c.consumer, inbox.c.generation, *carried]
    connection.execute(pg_insert(inbox).from_select(into, rows).on_conflict_do_nothing())


def replayed_count(connection: Connection, generation: int, source: str, names: Collection[str]) -> int:
    """How many replayed events of `source`, called one of `names`, this generation has received."""
    return (
        connection.scalar(
            select(func.count()).where(
                inbox.c.generation == generation,
                inbox.c.source == source,
                inbox.c.replayed,
                inbox.c.name.in_(sorted(names)),
            )
        )
        or 0
    )


def drop_generation(connection: Connection, consumer: str, generation: int, limit: int) -> int:
    """Forget up to `limit` of the events that a generation no longer read has handled; returns how many."""
    mine = (inbox.c.consumer == consumer) & (inbox.c.generation == generation)
    return delete_some(connection, inbox, mine, limit)
