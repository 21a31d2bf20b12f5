"""Rebuilding a projection from its publishers' archives while live traffic goes on (DESIGN §2.13).

The consumer opens a new generation and publishes `replay.requested` in one transaction. From then on every live event is
written to both generations. Each publisher sends its archive to that consumer alone and then publishes `replay.finished` with
the number sent. When all of it has arrived the new generation is read, at once.

A rebuild from a date on asks for what was recorded since. What is older the consumer carries over from the generation that is
read, piece by piece and with no event handled meanwhile: so the newer generation never is ahead of what is carried into it.

An archive goes the way of the live events and must not keep them waiting: a publisher sends the next piece when few messages
wait in the queue of the consumer, so a live event stands behind that many and one piece of each publisher at most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis import archive, archive_months, dead_letters, generations, inbox
from services.chassis.database import Database
from services.chassis.events import Catalogue, Event
from services.chassis.ids import first_id
from services.chassis.loops import Loop
from services.chassis.metadata import metadata
from services.chassis.platform_events import PLATFORM_EVENTS, REPLAY_FINISHED, REPLAY_REQUESTED
from services.chassis.references import References
from services.chassis.transport import REPLAY, Message, Publisher, queue_of
from services.chassis.unit_of_work import UnitOfWork

REQUESTED = REPLAY_REQUESTED
FINISHED = REPLAY_FINISHED
_BATCH = 500
#: A consumer with more than this many messages waiting is behind, and gets no more of the archive.
BACKLOG = 500
#: Seconds between looks whether there is something to send, or room for it.
_PAUSE = 0.25
#: How far back a new generation is told what passed between the programs: as long as it may take to be sealed.
_CARRIED = timedelta(days=1)

_log = structlog.get_logger(__name__)

#: How long before a date the archives are sent again: whose clock is how wrong is not known.
_MARGIN = timedelta(days=1)

replay_jobs = Table(
    "replay_jobs",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("after", Uuid(as_uuid=False)),
    Column("sent", BigInteger, nullable=False),
)

#: Deletes up to so many rows of a generation that is no longer read, and tells how many there were.
DropGeneration = Callable[[Connection, int, int], int]
#: Carries a piece over from the generation that is read into the one that is built; false when there is nothing to carry.
CarryOver = Callable[[Connection, int, int], bool]


def request(work: UnitOfWork, consumer: str, since: datetime | None = None) -> int:
    """Open a new generation of `consumer` and ask the publishers for their archives; returns its number.

    With `since`, for what was recorded from about then on: the consumer carries over what is older.
    """
    generation = generations.open_next(work.connection, consumer)
    known = generations.current(work.connection, consumer)
    recent = first_id(work.now - _CARRIED)
    inbox.carry_over(work.connection, consumer, known, generation, PLATFORM_EVENTS, recent)
    work.record(REQUESTED, consumer, {"consumer": consumer, "generation": generation, "since": since})
    return generation


def on_requested(events: list[Event], work: UnitOfWork) -> None:
    """At a publisher: note what is to be sent. A later request of the same consumer replaces an earlier one."""
    for event in sorted(events, key=lambda e: int(e.data["generation"])):
        since = event.data.get("since")
        row = insert(replay_jobs).values(
            consumer=event.data["consumer"],
            generation=event.data["generation"],
            after=first_id(since - _MARGIN) if since else None,
            sent=0,
        )
        work.connection.execute(
            row.on_conflict_do_update(
                index_elements=["consumer"],
                set_={"generation": row.excluded.generation, "after": row.excluded.after, "sent": 0},
                where=replay_jobs.c.generation < row.excluded.generation,
            )
        )


def on_finished(events: list[Event], work: UnitOfWork) -> None:
    """At the consumer: note how many events a publisher has sent, and from when on it still had them."""
    for event in events:
        data = event.data
        generations.expect(
            work.connection, data["generation"], event.source, data["sent"], data["archive_from"]
        )


def archived_names(catalogue: Catalogue, source: str, consumer: str) -> frozenset[str]:
    """The events of `source` that `consumer` is rebuilt from."""
    names = catalogue.published_by(source) & catalogue.consumed_by(consumer)
    return names - PLATFORM_EVENTS


class Archive:
    """At a publisher: sends what was asked for. `references` make anew what is archived by reference.

    Nothing is sent while more than `backlog` messages wait in the queue of the consumer.
    """

    def __init__(
        self, database: Database, publisher: Publisher, references: References, *, backlog: int = BACKLOG
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._references = references
        self._backlog = backlog

    def loop(self) -> Loop:
        """The loop that sends archives."""
        return Loop(f"{self._database.service}.replay", self.step, pause=_PAUSE, close=self._publisher.close)

    def step(self) -> bool:
        """Send one piece for one request; true when there is more to do and room for it.

        Raises `Unavailable`: the piece is sent again.
        """
        with self._database.begin() as work:
            job = work.connection.execute(
                select(replay_jobs).limit(1).with_for_update(skip_locked=True)
            ).one_or_none()
            if job is None:
                return False
            if self._publisher.waiting(queue_of(job.consumer)) > self._backlog:
                return False
            names = archived_names(self._database.catalogue, self._database.service, job.consumer)
            rows = archive.read(work.connection, names, after=job.after, limit=_BATCH)
            bodies = self._references.bodies(work.connection, rows)
            safe = self._publisher.publish(
                [Message(id_, job.consumer, body, exchange=REPLAY) for id_, body in bodies.items()]
            )
            if not all(safe):
                return False
            mine, sent = replay_jobs.c.consumer == job.consumer, job.sent + len(bodies)
            if len(rows) == _BATCH:
                progress = {"after": rows[-1].id, "sent": sent}
                work.connection.execute(replay_jobs.update().where(mine).values(progress))
            else:
                # All there is. What is recorded from now on comes live, into both generations.
                finished = {
                    "consumer": job.consumer,
                    "generation": job.generation,
                    "sent": sent,
                    "archive_from": archive_months.reaches_back_to(work.connection),
                }
                work.record(FINISHED, job.consumer, finished)
                work.connection.execute(replay_jobs.delete().where(mine))
                self._publisher.close()
            return True


class Rebuild:
    """At the consumer: swaps the generations when everything has arrived, and clears away the old one piece by piece."""

    def __init__(
        self,
        database: Database,
        drop: DropGeneration,
        carry: CarryOver = lambda connection, read, built: False,
    ) -> None:
        self._database = database
        self._drop = drop
        self._carry = carry
        self._swept: list[int] = []

    def loop(self) -> Loop:
        """The loop that looks whether a rebuild is complete."""
        return Loop(f"{self._database.service}.rebuild", self.step, pause=0.5)

    def step(self) -> bool:
        """Carry over, or swap if the new generation is complete; otherwise delete some of what is no longer read."""
        consumer, catalogue = self._database.service, self._database.catalogue
        with self._database.begin() as work:
            generation = generations.building(work.connection, consumer)
            if generation is not None and self._carried(work.connection, generation):
                return True
            if generation is None or missing(work.connection, catalogue, consumer, generation):
                return self._sweep(work)
            generations.swap(work.connection, consumer)
            beginnings = generations.archives_from(work.connection, generation)
        if beginnings:
            _log.warning("rebuilt_without_the_oldest", consumer=consumer, archives_from=beginnings)
        return True

    def _carried(self, connection: Connection, generation: int) -> bool:
        # What is read and carried must not change in between.
        current = generations.held(connection, self._database.service)
        return self._carry(connection, current, generation)

    def _sweep(self, work: UnitOfWork) -> bool:
        unread = generations.unread(work.connection, self._database.service)
        if unread == self._swept:
            return False
        for generation in unread:
            known = inbox.drop_generation(work.connection, self._database.service, generation, _BATCH)
            if known + self._drop(work.connection, generation, _BATCH):
                return True
        self._swept = unread
        return False


def missing(
    connection: Connection, catalogue: Catalogue, consumer: str, generation: int
) -> dict[str, int | None]:
    """For each publisher that is not complete: how many of its events are yet to arrive; None while it still sends."""
    sent = generations.expected(connection, generation)
    answer: dict[str, int | None] = {}
    for source in _sources(catalogue, consumer):
        if source not in sent:
            answer[source] = None
        else:
            names = archived_names(catalogue, source, consumer)
            arrived = inbox.replayed_count(connection, generation, source, names)
            # More may arrive than was sent: what is sent again for another reason counts as well.
            left = sent[source] - arrived - dead_letters.discarded(connection, consumer, generation, names)
            if left > 0:
                answer[source] = left
    return answer


def _sources(catalogue: Catalogue, consumer: str) -> Sequence[str]:
    return [s for s in catalogue.services() if s != consumer and archived_names(catalogue, s, consumer)]
