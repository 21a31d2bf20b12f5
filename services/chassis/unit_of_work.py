"""One transaction: rows and the events that tell of them leave together or not at all (DESIGN §2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from psycopg.rows import TupleRow
from sqlalchemy import Connection, Table

from services.chassis import outbox
from services.chassis.clock import Clock
from services.chassis.envelope import draft
from services.chassis.events import LIVE, Catalogue, Event, UnknownEvent
from services.chassis.ids import new_id
from services.chassis.session import Session
from services.chassis.sql import inserting
from services.chassis.tracing import current_traceparent


class UnitOfWork:
    """One transaction of a service.

    `now` is its one instant in UTC, `generation` the generation of a projection that is being written (1 for everything that
    is not a projection).
    """

    def __init__(self, service: str, session: Session, catalogue: Catalogue, clock: Clock) -> None:
        self._session = session
        self.now = clock.now()
        self.generation = 1
        self.recorded = 0
        self._service = service
        self._catalogue = catalogue
        self._events: list[Event] = []
        self._rows: dict[Table, list[Mapping[str, Any]]] = {}
        self._after_commit: list[Callable[[], None]] = []

    @property
    def connection(self) -> Connection:
        """Runs statements within the transaction."""
        return self._session.connection

    def run(self, statement: str, parameters: Mapping[str, Any]) -> list[TupleRow]:
        """The rows of a statement with `%(name)s` parameters, which does not begin the transaction: if nothing else has, it is
        one of its own. For reads of what nobody must hold still, and for the only write there is.
        """
        return self._session.run(statement, parameters)

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
        for statement, parameters in self._put_off():
            self._session.connection  # noqa: B018 - what is written before the end must be undone with the rest
            self._session.run(statement, parameters)

    def finish(self) -> None:
        """Write what was put off and commit."""
        written = self._put_off()
        if len(written) > 1:
            self._session.connection  # noqa: B018
        for statement, parameters in written:
            self._session.run(statement, parameters)
        self._session.commit()

    def _put_off(self) -> list[tuple[str, dict[str, Any]]]:
        """The statements that write what was put off: one where events are among it."""
        events, self._events = self._events, []
        rows, self._rows = {table: some for table, some in self._rows.items() if some}, {}
        if not events:
            return [inserting(table, some) for table, some in rows.items()]
        drafts = [
            outbox.Draft(event.id, event.name, event.subject, draft(event, self._catalogue).decode())
            for event in events
        ]
        self.recorded += len(drafts)
        return [outbox.appending(drafts, self.now, rows)]
