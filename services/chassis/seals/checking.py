"""At a consumer: compares what publishers say they have sent with what has arrived (DESIGN §2.12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    cast,
    collate,
    func,
    select,
)

from services.chassis import generations
from services.chassis.database import Database
from services.chassis.dead_letters import dead_letters
from services.chassis.events import Event
from services.chassis.inbox import inbox
from services.chassis.loops import Loop
from services.chassis.metadata import metadata
from services.chassis.metrics import PlatformMetrics
from services.chassis.platform_events import PLATFORM_EVENTS, STREAM_MISSING
from services.chassis.retries import retries
from services.chassis.seals.rows import put_rows
from services.chassis.seals.runs import RUN, digest
from services.chassis.unit_of_work import UnitOfWork

#: Ids named in one `stream.missing`. A run is known by more only where many events were committed behind its seal; what is not
#: named is sent again and has no effect.
MOST_KNOWN = 10 * RUN
#: An unanswered question is asked again after this long; it is an event itself and as safe as any.
ASK_AGAIN = timedelta(hours=1)
#: Seconds between looks at what is due, at most.
_LONGEST_PAUSE = 5.0

_log = structlog.get_logger(__name__)

#: Seals that are yet to be compared, and those that did not agree and wait for an answer.
seal_checks = Table(
    "seal_checks",
    metadata,
    Column("source", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("until", Uuid(as_uuid=False), primary_key=True),
    Column("after", Uuid(as_uuid=False), nullable=False),
    Column("events", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
)


class Checking:
    """Compares each seal once, `patience` after it came, and asks for what lacks.

    By then what was on its way beside the seal, in another worker or in the broker's hands, has arrived. What waits for its
    next attempt and what is a dead letter is known. Asking too early would do no harm: the inbox keeps a copy from a second
    effect.
    """

    def __init__(
        self,
        database: Database,
        metrics: PlatformMetrics,
        patience: timedelta,
        *,
        most_known: int = MOST_KNOWN,
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._patience = patience
        self._most_known = most_known
        service, catalogue = database.service, database.catalogue
        self._streams = {
            source: catalogue.published_by(source) & catalogue.consumed_by(service)
            for source in catalogue.services()
            if source != service
        }
        for source, names in self._streams.items():
            if names:
                # An alert on an increase needs the zero before it.
                metrics.stream_missing.labels(service, source)

    def loop(self) -> Loop:
        """The loop that compares."""
        pause = min(_LONGEST_PAUSE, max(0.1, self._patience.total_seconds() / 4))
        return Loop(f"{self._database.service}.seal-check", self.step, pause=pause)

    def on_sealed(self, events: list[Event], work: UnitOfWork) -> None:
        """Note the seals of what this service consumes. One that answers a question takes its place."""
        checks = {
            (event.source, event.data["type"], event.data["until"]): {
                "source": event.source,
                "name": event.data["type"],
                "until": event.data["until"],
                "after": event.data["after"],
                "events": event.data["count"],
                "digest": event.data["digest"],
                "asked": 0,
                "due_at": work.now + self._patience,
            }
            for event in events
            if event.data["consumer"] in (None, self._database.service)
            and event.data["type"] in self._streams.get(event.source, ())
        }
        put_rows(work.connection, seal_checks, list(checks.values()))

    def step(self) -> bool:
        """Compare one seal that is due; false when none is."""
        with self._database.begin() as work:
            check = _take_due(work.connection, work.now)
            if check is None:
                self._tell_waiting(work.connection)
                return False
            consumer = self._database.service
            rebuilding = generations.building(work.connection, consumer) is not None
            if rebuilding and check.name not in PLATFORM_EVENTS:
                # What is sent again now would be taken for a part of the rebuild and counted as such.
                _put_off(work.connection, check, work.now + self._patience)
                return True
            generation = generations.current(work.connection, consumer)
            # One more than can be named: a run that is known by more than that does not agree.
            handled = handled_ids(consumer, generation, check).limit(self._most_known + 1)
            known = list(work.connection.scalars(handled))
            if _agree(check, known):
                _settle(work.connection, check)
                return True
            known = sorted({*known, *_waiting(work.connection, consumer, check)})
            if _agree(check, known) or check.name not in self._streams.get(check.source, ()):
                _settle(work.connection, check)
                return True
            self._ask(work, check, known[: self._most_known])
            return True

    def _ask(self, work: UnitOfWork, check: Row[Any], known: Sequence[str]) -> None:
        question = {
            "source": check.source,
            "type": check.name,
            "after": check.after,
            "until": check.until,
            "known": list(known),
        }
        work.record(STREAM_MISSING, check.source, question)
        _put_off(work.connection, check, work.now + ASK_AGAIN, asked=check.asked + 1)
        lacking = max(0, check.events - len(known))
        if not check.asked and lacking:
            missing = self._metrics.stream_missing.labels(self._database.service, check.source)
            work.after_commit(lambda: missing.inc(lacking))
        _log.warning(
            "stream_incomplete",
            consumer=self._database.service,
            source=check.source,
            name=check.name,
            after=check.after,
            until=check.until,
            lacking=lacking,
            asked=check.asked,
        )

    def _tell_waiting(self, connection: Connection) -> None:
        waiting = connection.scalar(select(func.count()).where(seal_checks.c.asked > 0))
        self._metrics.stream_unanswered.labels(self._database.service).set(waiting or 0)


def _take_due(connection: Connection, now: datetime) -> Row[Any] | None:
    return connection.execute(
        select(seal_checks)
        .where(seal_checks.c.due_at <= now)
        .order_by(seal_checks.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _put_off(connection: Connection, check: Row[Any], due_at: datetime, **changes: int) -> None:
    connection.execute(seal_checks.update().where(_key(check)).values(due_at=due_at, **changes))


def _settle(connection: Connection, check: Row[Any]) -> None:
    connection.execute(seal_checks.delete().where(_key(check)))


def _key(check: Row[Any]) -> Any:
    c = seal_checks.c
    return (c.source == check.source) & (c.name == check.name) & (c.until == check.until)


def _agree(check: Row[Any], known: Sequence[str]) -> bool:
    return bool(len(known) == check.events and digest(known) == check.digest)


def handled_ids(consumer: str, generation: int, check: Any) -> Select[Any]:
    """Ids in the inbox, in order. Their range is one of its primary key."""
    c = inbox.c
    return (
        select(c.event_id)
        .where(c.consumer == consumer, c.generation == generation)
        .where(c.event_id > check.after, c.event_id <= check.until)
        .where(c.source == check.source, c.name == check.name)
        .order_by(c.event_id)
    )


def _waiting(connection: Connection, consumer: str, check: Row[Any]) -> set[str]:
    """Ids of what is known and has had no effect. Of whichever source: one too many ends with an answer all the same."""
    waiting = select(cast(retries.c.event_id, Text)).where(
        retries.c.consumer == consumer,
        retries.c.name == check.name,
        retries.c.event_id > check.after,
        retries.c.event_id <= check.until,
    )
    # An id of unknown origin is any text.
    id_ = collate(dead_letters.c.event_id, "C")
    given_up = select(dead_letters.c.event_id).where(
        dead_letters.c.consumer == consumer,
        dead_letters.c.name == check.name,
        id_ > check.after,
        id_ <= check.until,
    )
    return set(connection.scalars(waiting.union(given_up)))
