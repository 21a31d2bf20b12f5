"""At a publisher: sends again what a consumer lacks, to it alone (DESIGN §2.12)."""

from __future__ import annotations

from sqlalchemy import Column, Row, Table, Text, Uuid, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.chassis import archive
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.loops import Loop
from services.chassis.metadata import metadata
from services.chassis.metrics import PlatformMetrics
from services.chassis.platform_events import STREAM_SEALED
from services.chassis.references import References
from services.chassis.seals.rows import put_rows
from services.chassis.seals.runs import RUN, digest
from services.chassis.transport import REPLAY, Message, Publisher
from services.chassis.unit_of_work import UnitOfWork

#: What is yet to be sent again: all of a range but what its consumer knows.
resends = Table(
    "resends",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("until", Uuid(as_uuid=False), primary_key=True),
    Column("after", Uuid(as_uuid=False), nullable=False),
    Column("known", ARRAY(Text), nullable=False),
)


class Resending:
    """Answers `stream.missing`: with the events themselves, then with a seal over what the consumer knows after that.

    So the question ends also where the two will never hold the same: a contact was erased here meanwhile, or an event was
    committed behind the seal. Killed in between, it sends the same again, and the inbox of the consumer knows it.
    """

    def __init__(
        self, database: Database, publisher: Publisher, references: References, metrics: PlatformMetrics
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._references = references
        self._metrics = metrics

    def loop(self) -> Loop:
        """The loop that sends again."""
        return Loop(f"{self._database.service}.resend", self.step, pause=1.0, close=self._publisher.close)

    def on_missing(self, events: list[Event], work: UnitOfWork) -> None:
        """Note what is asked of this service. Nobody is sent what it does not consume (DESIGN §2.8)."""
        jobs = {
            (event.source, event.data["type"], event.data["until"]): {
                "consumer": event.source,
                "name": event.data["type"],
                "until": event.data["until"],
                "after": event.data["after"],
                "known": event.data["known"],
            }
            for event in events
            if event.data["source"] == self._database.service and self._may_have(event)
        }
        put_rows(work.connection, resends, list(jobs.values()))

    def step(self) -> bool:
        """Send one round of one request again; true when there was one. Raises `Unavailable`: it is sent again."""
        with self._database.begin() as work:
            job = work.connection.execute(
                # In no order: one that cannot be sent must not keep the others from their turn.
                select(resends).order_by(func.random()).limit(1).with_for_update(skip_locked=True)
            ).one_or_none()
            if job is None:
                # Seldom needed: no connection is kept for it.
                self._publisher.close()
                return False
            known = set(job.known)
            events = archive.read(work.connection, [job.name], after=job.after, until=job.until, limit=RUN)
            lacking = [event for event in events if event.id not in known]
            bodies = self._references.bodies(work.connection, lacking)
            safe = self._publisher.publish(
                [Message(id_, job.consumer, body, exchange=REPLAY) for id_, body in bodies.items()]
            )
            if not all(safe):
                return False
            until = events[-1].id if len(events) == RUN else job.until
            has = {id_ for id_ in known | bodies.keys() if job.after < id_ <= until}
            work.record(STREAM_SEALED, job.name, _answer(job, until, has))
            self._advance(work, job, until)
        self._metrics.stream_resent.labels(self._database.service, job.consumer).inc(len(bodies))
        return True

    def _may_have(self, event: Event) -> bool:
        catalogue = self._database.catalogue
        return (
            event.source in catalogue.services()
            and event.data["type"] in catalogue.published_by(self._database.service)
            and event.data["type"] in catalogue.consumed_by(event.source)
        )

    def _advance(self, work: UnitOfWork, job: Row[tuple[str, ...]], until: str) -> None:
        c = resends.c
        this = (c.consumer == job.consumer) & (c.name == job.name) & (c.until == job.until)
        if until == job.until:
            work.connection.execute(resends.delete().where(this))
        else:
            work.connection.execute(resends.update().where(this).values(after=until))


def _answer(job: Row[tuple[str, ...]], until: str, has: set[str]) -> dict[str, object]:
    return {
        "type": job.name,
        "after": job.after,
        "until": until,
        "count": len(has),
        "digest": digest(has),
        "consumer": job.consumer,
    }
