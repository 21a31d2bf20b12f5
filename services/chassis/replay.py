"""Rebuilding a projection from its publishers' archives while live traffic goes on (DESIGN §2.13).

The consumer opens a new generation and publishes `replay.requested` in one transaction. From then on every live event is
written to both generations. Each publisher sends its archive to that consumer alone and then publishes `replay.finished` with
the number sent. When all of it has arrived the new generation is read, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis import archive, generations, inbox
from services.chassis.database import Database
from services.chassis.events import Catalogue, Event
from services.chassis.ids import first_id
from services.chassis.loops import Loop
from services.chassis.metadata import metadata
from services.chassis.platform_events import PLATFORM_EVENTS, REPLAY_FINISHED, REPLAY_REQUESTED
from services.chassis.references import References
from services.chassis.transport import REPLAY, Message, Publisher
from services.chassis.unit_of_work import UnitOfWork

REQUESTED = REPLAY_REQUESTED
FINISHED = REPLAY_FINISHED
_BATCH = 500
#: How far back a new generation is told what passed between the programs: as long as it may take to be sealed.
_CARRIED = timedelta(days=1)

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


def request(work: UnitOfWork, consumer: str) -> int:
    """Open a new generation of `consumer` and ask the publishers for their archives; returns its number."""
    generation = generations.open_next(work.connection, consumer)
    known = generations.current(work.connection, consumer)
    since = first_id(work.now - _CARRIED)
    inbox.carry_over(work.connection, consumer, known, generation, PLATFORM_EVENTS, since)
    work.record(REQUESTED, consumer, {"consumer": consumer, "generation": generation})
    return generation


def on_requested(events: list[Event], work: UnitOfWork) -> None:
    """At a publisher: note what is to be sent. A later request of the same consumer replaces an earlier one."""
    for event in sorted(events, key=lambda e: int(e.data["generation"])):
        row = insert(replay_jobs).values(
            consumer=event.data["consumer"], generation=event.data["generation"], after=None, sent=0
        )
        work.connection.execute(
            row.on_conflict_do_update(
                index_elements=["consumer"],
                set_={"generation": row.excluded.generation, "after": None, "sent": 0},
                where=replay_jobs.c.generation < row.excluded.generation,
            )
        )


def on_finished(events: list[Event], work: UnitOfWork) -> None:
    """At the consumer: note how many events a publisher has sent."""
    for event in events:
        generations.expect(work.connection, event.data["generation"], event.source, event.data["sent"])


def archived_names(catalogue: Catalogue, source: str, consumer: str) -> frozenset[str]:
    """The events of `source` that `consumer` is rebuilt from."""
    names = catalogue.published_by(source) & catalogue.consumed_by(consumer)
    return names - PLATFORM_EVENTS


class Archive:
    """At a publisher: sends what was asked for. `references` make anew what is archived by reference."""

    def __init__(self, database: Database, publisher: Publisher, references: References) -> None:
        self._database = database
        self._publisher = publisher
        self._references = references

    def loop(self) -> Loop:
        """The loop that sends archives."""
        return Loop(f"{self._database.service}.replay", self.step, pause=1.0, close=self._publisher.close)

    def step(self) -> bool:
        """Send one batch of one request; true when there is more to do. Raises `Unavailable`: it is sent again."""
        with self._database.begin() as work:
            job = work.connection.execute(
                select(replay_jobs).limit(1).with_for_update(skip_locked=True)
            ).one_or_none()
            if job is None:
                return False
            names = archived_names(self._database.catalogue, self._database.service, job.consumer)
            rows = archive.read(work.connection, names, after=job.after, limit=_BATCH)
            bodies = self._references.bodies(work.connection, rows)
            safe = self._publisher.publish(
                [Message(id_, job.consumer, body, exchange=REPLAY) for id_, body in bodies.items()]
            )
            if not all(safe):
                return False
            mine = replay_jobs.c.consumer == job.consumer
            if rows:
                progress = {"after": rows[-1].id, "sent": job.sent + len(bodies)}
                work.connection.execute(replay_jobs.update().where(mine).values(progress))
            else:
                work.record(
                    FINISHED,
                    job.consumer,
                    {"consumer": job.consumer, "generation": job.generation, "sent": job.sent},
                )
                work.connection.execute(replay_jobs.delete().where(mine))
                self._publisher.close()
            return True


class Rebuild:
    """At the consumer: swaps the generations when everything has arrived, and clears away the old one piece by piece."""

    def __init__(self, database: Database, drop: DropGeneration) -> None:
        self._database = database
        self._drop = drop
        self._swept: list[int] = []

    def loop(self) -> Loop:
        """The loop that looks whether a rebuild is complete."""
        return Loop(f"{self._database.service}.rebuild", self.step, pause=0.5)

    def step(self) -> bool:
        """Swap if the new generation is complete; otherwise delete some of what is no longer read."""
        consumer, catalogue = self._database.service, self._database.catalogue
        with self._database.begin() as work:
            generation = generations.building(work.connection, consumer)
            if generation is None or missing(work.connection, catalogue, consumer, generation):
                return self._sweep(work)
            generations.swap(work.connection, consumer)
            return True

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
            if left := sent[source] - inbox.replayed_count(connection, generation, source, names):
                answer[source] = left
    return answer


def _sources(catalogue: Catalogue, consumer: str) -> Sequence[str]:
    return [s for s in catalogue.services() if s != consumer and archived_names(catalogue, s, consumer)]
