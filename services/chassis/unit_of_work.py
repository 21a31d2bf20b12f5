"""One transaction: rows and the events that tell of them leave together or not at all (DESIGN §2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table

from services.chassis import outbox
from services.chassis.clock import Clock
from services.chassis.envelope import draft
from services.chassis.events import LIVE, Catalogue, Event, UnknownEvent
from services.chassis.ids import new_id
from services.chassis.sql import insert_rows
from services.chassis.tracing import current_traceparent


class UnitOfWork:
    """One open transaction of a service.

    `connection` runs statements, `now` is the one instant of this transaction in UTC, `generation` the generation of a
    projection that is being written (1 for everything that is not a projection).
    """

    def __init__(self, service: str, connection: Connection, catalogue: Catalogue, clock: Clock) -> None:
        self.connection = connection
        self.now = clock.now()
        self.generation = 1
        self.recorded = 0
        self._service = service
        self._catalogue = catalogue
        self._events: list[Event] = []
        self._rows: dict[Table, list[Mapping[str, Any]]] = {}
        self._after_commit: list[Callable[[], None]] = []

    def record(
        self,
        name: str,
        subject: str,
        data: Mapping[str, Any],
        *,
        estate: str | None = None,
        mode: str = LIVE,
        cause: Event | None = None,
    ) -> str:
        """Publish an event with this transaction; returns its id.

        `cause` is the event that led to it: its id is kept as `causationid`, its mode and trace are inherited.
        Raises `UnknownEvent` when this service does not publish `name`.
        """
        if name not in self._catalogue.published_by(self._service):
            raise UnknownEvent(f"{self._service} does not publish {name}")
        event = Event(
            id=new_id(),
            name=name,
            source=self._service,
            subject=subject,
            version=0,
            time=self.now,
            data=data,
            estate=estate or (cause.estate if cause else None),
            mode=cause.mode if cause else mode,
            causation_id=cause.id if cause else None,
            traceparent=(cause.traceparent if cause else None) or current_traceparent(),
            schema_version=self._catalogue.current_version(name),
        )
        self._events.append(event)
        return event.id

    def add(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows with the events, in one statement, at the end or at the next `flush`. Until then nobody can read them.

        All rows of a table name the same columns.
        """
        self._rows.setdefault(table, []).extend(rows)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do this once the transaction is committed, and not at all if it is not: live counters, for example."""
        self._after_commit.append(action)

    def committed(self) -> None:
        """The transaction is committed: do what was put off until then."""
        for action in self._after_commit:
            action()

    def flush(self) -> None:
        """Write the rows that were put off, and the recorded events to the outbox, where they get their versions."""
        events, self._events = self._events, []
        rows, self._rows = {table: some for table, some in self._rows.items() if some}, {}
        if events:
            drafts = [
                outbox.Draft(event.id, event.name, event.subject, draft(event, self._catalogue).decode())
                for event in events
            ]
            outbox.append(self.connection, drafts, self.now, rows)
            self.recorded += len(drafts)
            return
        for table, some in rows.items():
            insert_rows(self.connection, table, some)
