"""Messages that were given up, with their cause and raw bytes (DESIGN §2.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from services.chassis.ids import new_id
from services.chassis.inbox import inbox
from services.chassis.metadata import metadata


class Status(StrEnum):
    """Where a dead letter is: it waits for a decision, a replay was asked for, is under way, or the matter is settled."""

    OPEN = "open"
    REQUESTED = "requested"
    REPLAYING = "replaying"
    HANDLED = "handled"
    DISCARDED = "discarded"


#: `body` is empty once the message was handled: then the publisher's archive alone keeps it.
dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("consumer", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("event_id", Text),
    Column("name", Text),
    Column("subject", Text),
    Column("reason", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("body", LargeBinary),
    Column("replay", Boolean, nullable=False, server_default=false()),
    Column("status", Text, nullable=False, server_default=Status.OPEN.value),
    Column("attempts", Integer, nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("consumer", "digest", name="dead_letters_message"),
    Index("dead_letters_status", "consumer", "status", "last_at"),
)

#: Characters kept of the text of an error.
LONGEST_CAUSE = 4000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Why a message was given up. `reason` is a stable code, `cause` the text of the last error, `body` the raw bytes.

    `replay` is whether it was sent again from an archive (DESIGN §2.13).
    """

    reason: str
    cause: str
    body: bytes
    attempts: int
    event_id: str | None = None
    name: str | None = None
    subject: str | None = None
    replay: bool = False

    @property
    def digest(self) -> bytes:
        """What tells its bytes from others."""
        return hashlib.sha256(self.body).digest()


_NEW = insert(dead_letters)
_BURY = _NEW.on_conflict_do_update(
    constraint="dead_letters_message",
    set_={
        "times": dead_letters.c.times + 1,
        "last_at": _NEW.excluded.last_at,
        "body": _NEW.excluded.body,
        "replay": or_(dead_letters.c.replay, _NEW.excluded.replay),
        "status": case(
            (dead_letters.c.status == Status.DISCARDED.value, dead_letters.c.status),
            else_=_NEW.excluded.status,
        ),
        "reason": _NEW.excluded.reason,
        "cause": _NEW.excluded.cause,
        "attempts": _NEW.excluded.attempts,
    },
)


def bury(connection: Connection, consumer: str, letter: DeadLetter, now: datetime) -> None:
    """Keep a message that was given up. The same bytes again are counted in `times`, not kept twice.

    A replay that failed waits for a decision again; what was discarded stays so, however often it is delivered.
    """
    row = {
        "id": new_id(),
        "consumer": consumer,
        "digest": letter.digest,
        "event_id": None if letter.event_id is None else storable(letter.event_id),
        "name": letter.name,
        "subject": letter.subject,
        "reason": letter.reason,
        "cause": storable(letter.cause)[:LONGEST_CAUSE],
        "body": letter.body,
        "replay": letter.replay,
        "status": Status.OPEN.value,
        "attempts": letter.attempts,
        "times": 1,
        "first_at": now,
        "last_at": now,
    }
    connection.execute(_BURY, row)


def bury_all(connection: Connection, consumer: str, letters: Sequence[DeadLetter], now: datetime) -> None:
    """The same for several, in one order, lest two workers wait for each other; one by one, as each may be large."""
    for letter in sorted(letters, key=lambda letter: letter.digest):
        bury(connection, consumer, letter, now)


def storable(text: str) -> str:
    """Text of unknown origin as PostgreSQL takes it: without NUL and half characters."""
    return text.replace("\x00", "\\0").encode("utf-8", "replace").decode()


def count(connection: Connection) -> int:
    """How many dead letters wait for a decision."""
    waiting = dead_letters.c.status == Status.OPEN.value
    return connection.scalar(select(func.count()).select_from(dead_letters).where(waiting)) or 0


def discarded(connection: Connection, consumer: str, generation: int, names: Collection[str]) -> int:
    """How many events called one of `names` came from an archive and shall have no effect in this generation."""
    handled = exists().where(
        inbox.c.consumer == consumer,
        inbox.c.generation == generation,
        cast(inbox.c.event_id, Text) == dead_letters.c.event_id,
    )
    mine = and_(
        dead_letters.c.consumer == consumer,
        dead_letters.c.status == Status.DISCARDED.value,
        dead_letters.c.replay,
        dead_letters.c.name.in_(sorted(names)),
    )
    return connection.scalar(select(func.count()).select_from(dead_letters).where(mine, ~handled)) or 0


def forget(connection: Connection, name: str, subject: str) -> None:
    """Delete what was kept of event `name` of `subject` (erasure, DESIGN §2.8); who decided what about it stays."""
    connection.execute(
        dead_letters.delete().where(dead_letters.c.subject == subject, dead_letters.c.name == name)
    )
