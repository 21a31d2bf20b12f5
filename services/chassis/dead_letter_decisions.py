"""What people decide about dead letters: replay them or discard them, and who did so, when and why (DESIGN §2.5).

A decision outlives its letter: erasing a person's data takes the letter, not the audit trail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Index,
    Row,
    Table,
    Text,
    Uuid,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.chassis import generations
from services.chassis.dead_letters import Status, dead_letters
from services.chassis.errors import Conflict, NotFound
from services.chassis.ids import new_id
from services.chassis.inbox import inbox
from services.chassis.masking import mask
from services.chassis.metadata import metadata
from services.chassis.sql import insert_rows
from services.chassis.unit_of_work import UnitOfWork

dead_letter_decisions = Table(
    "dead_letter_decisions",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("letter", Uuid(as_uuid=False), nullable=False),
    Column("event_id", Text),
    Column("name", Text),
    Column("decision", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("reason", Text),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("dead_letter_decisions_letter", "letter", "at"),
)

#: Letters that one request may replay: they all are locked until it is committed.
MOST_REPLAYED = 1000
#: What is replayed on request: what waits for a decision, and what was discarded by mistake.
REPLAYABLE = (Status.OPEN, Status.DISCARDED)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_Row = Row[*tuple[Any, ...]]
_KEY = (dead_letters.c.id, dead_letters.c.event_id, dead_letters.c.name, dead_letters.c.status)


class Decided(StrEnum):
    """What was decided."""

    REPLAY = "replay"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Replays:
    """What became of a request to replay: so many letters go to the worker, so many messages were handled meanwhile."""

    requested: int
    handled: int


def replay(work: UnitOfWork, consumer: str, letter: str, by: str) -> None:
    """Have the worker judge a letter's message again; one that is under way or was handled is left as it is.

    The message keeps its id, so the inbox lets it take effect once however often this is asked. Raises `NotFound`.
    """
    row = _locked(work.connection, consumer, letter)
    if row.status in REPLAYABLE:
        _replay(work, consumer, [row], by)


def replay_all(
    work: UnitOfWork, consumer: str, wanted: ColumnElement[bool], by: str, limit: int = MOST_REPLAYED
) -> Replays:
    """The same for up to `limit` letters of a condition, those given up first; others may still be there."""
    rows = work.connection.execute(
        select(*_KEY)
        .where(dead_letters.c.consumer == consumer, dead_letters.c.status.in_(REPLAYABLE), wanted)
        .order_by(dead_letters.c.last_at, dead_letters.c.id)
        .limit(min(limit, MOST_REPLAYED))
        .with_for_update(skip_locked=True)
    ).all()
    return _replay(work, consumer, rows, by)


def discard(work: UnitOfWork, consumer: str, letter: str, by: str, reason: str) -> None:
    """Decide that a letter's message shall have no effect. It is kept, and can be replayed all the same.

    Raises `NotFound`; `Conflict` unless the letter waits for a decision.
    """
    row = _locked(work.connection, consumer, letter)
    if row.status != Status.OPEN:
        raise Conflict("dead_letter_not_open")
    _set(work.connection, [row.id], status=Status.DISCARDED.value)
    _note(work, [row], Decided.DISCARD, by, reason)


def _locked(connection: Connection, consumer: str, letter: str) -> _Row:
    mine = (dead_letters.c.consumer == consumer) & (dead_letters.c.id == letter)
    row = connection.execute(select(*_KEY).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("dead_letter_unknown")
    return row


def _replay(work: UnitOfWork, consumer: str, rows: Sequence[_Row], by: str) -> Replays:
    known = _known(work.connection, consumer, [row.event_id for row in rows if row.event_id])
    handled = [row.id for row in rows if row.event_id in known]
    requested = [row.id for row in rows if row.event_id not in known]
    _set(work.connection, handled, status=Status.HANDLED.value, body=None)
    _set(work.connection, requested, status=Status.REQUESTED.value)
    _note(work, rows, Decided.REPLAY, by, None)
    return Replays(len(requested), len(handled))


def _known(connection: Connection, consumer: str, event_ids: Sequence[str]) -> set[str]:
    """Those that were handled in every generation that is written."""
    uuids = [id_ for id_ in event_ids if _UUID.fullmatch(id_)]
    written = generations.written(connection, consumer)
    rows = connection.execute(
        select(inbox.c.event_id)
        .where(
            inbox.c.consumer == consumer,
            inbox.c.generation.in_(written),
            inbox.c.event_id == func.any(literal(uuids, ARRAY(Uuid(as_uuid=False)))),
        )
        .group_by(inbox.c.event_id)
        .having(func.count() == len(written))
    )
    return {row.event_id for row in rows}


def _set(connection: Connection, letters: Sequence[str], **values: Any) -> None:
    if letters:
        connection.execute(dead_letters.update().where(dead_letters.c.id.in_(letters)).values(**values))


def _note(work: UnitOfWork, rows: Sequence[_Row], decision: Decided, by: str, reason: str | None) -> None:
    decisions: list[dict[str, str | datetime | None]] = [
        {
            "id": new_id(),
            "letter": row.id,
            "event_id": row.event_id,
            "name": row.name,
            "decision": decision.value,
            "decided_by": by,
            "reason": None if reason is None else mask(reason),
            "at": work.now,
        }
        for row in rows
    ]
    insert_rows(work.connection, dead_letter_decisions, decisions)
