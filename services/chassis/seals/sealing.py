"""At a publisher: says which events it has sent (DESIGN §2.12)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Connection, Table, Text, Uuid, exists, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.archive import archive
from services.chassis.database import Database
from services.chassis.ids import first_id
from services.chassis.loops import Loop
from services.chassis.metadata import metadata
from services.chassis.outbox import outbox
from services.chassis.platform_events import STREAM_SEALED
from services.chassis.seals.runs import cut, digest

#: What was sent longer ago is not sealed any more; archives and inboxes keep it much longer.
LOOK_BACK = timedelta(days=7)
#: Events looked at in one transaction.
BATCH = 20_000
#: Seconds between looks at the clock, at most.
_LONGEST_PAUSE = 10.0
_EPOCH = datetime.fromtimestamp(0, UTC)

#: Up to which id a service has sealed its events. One row, which is locked by whoever seals.
seals = Table(
    "seals",
    metadata,
    Column("source", Text, primary_key=True),
    Column("sealed_to", Uuid(as_uuid=False), nullable=False),
)


class Sealing:
    """Seals what was recorded in each `span` that has ended, `margin` later, in runs of one type each.

    Ids are UUIDv7, so a range of them is a span of time. `margin` is longer than a transaction lasts: an event committed
    behind the seal of its span would be no less valid, but its loss would not be noticed. While an event of the span waits to
    be sent, so does the seal; one that this service may not publish any more is never sent, and holds up nothing. A publisher
    that was down seals what it sent before, once, however many workers it has.
    """

    def __init__(self, database: Database, span: timedelta, margin: timedelta) -> None:
        self._database = database
        self._span = span
        self._margin = margin

    def loop(self) -> Loop:
        """The loop that seals."""
        pause = min(_LONGEST_PAUSE, self._span.total_seconds() / 4)
        return Loop(f"{self._database.service}.seal", self.step, pause=pause)

    def step(self) -> bool:
        """Seal some of what can be sealed now; true when there is more."""
        service = self._database.service
        with self._database.begin() as work:
            end = first_id(self._ended(work.now - self._margin))
            sealed = _lock(work.connection, service, first_id(work.now - LOOK_BACK))
            if sealed is None or sealed >= end or self._unsent(work.connection, end):
                return False
            start = max(sealed, first_id(work.now - LOOK_BACK))
            rows = work.connection.execute(
                select(archive.c.id, archive.c.name)
                .where(archive.c.id > start, archive.c.id <= end)
                .order_by(archive.c.id)
                .limit(BATCH)
            ).all()
            by_name: defaultdict[str, list[str]] = defaultdict(list)
            for row in rows:
                by_name[row.name].append(row.id)
            for name, ids in by_name.items():
                after = start
                for run in cut(ids):
                    seal = {
                        "type": name,
                        "after": after,
                        "until": run[-1],
                        "count": len(run),
                        "digest": digest(run),
                    }
                    work.record(STREAM_SEALED, name, seal)
                    after = run[-1]
            more = len(rows) == BATCH
            mine = seals.update().where(seals.c.source == service)
            work.connection.execute(mine.values(sealed_to=rows[-1].id if more else end))
            return more

    def _unsent(self, connection: Connection, end: str) -> bool:
        names = sorted(self._database.catalogue.published_by(self._database.service))
        return bool(connection.scalar(select(exists().where(outbox.c.id <= end, outbox.c.name.in_(names)))))

    def _ended(self, at: datetime) -> datetime:
        """The end of the last span that was over `at` this instant."""
        return at - (at - _EPOCH) % self._span


def _lock(connection: Connection, source: str, first: str) -> str | None:
    """Up to where `source` has sealed, from `first` at the earliest; None while another worker seals."""
    connection.execute(insert(seals).values(source=source, sealed_to=first).on_conflict_do_nothing())
    return connection.scalar(
        select(seals.c.sealed_to).where(seals.c.source == source).with_for_update(skip_locked=True)
    )
