"""The effects of messages: inbox rows, what handlers write, and events, in one transaction (DESIGN §2.3, §2.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from services.chassis import generations, horizons, inbox, retries
from services.chassis.database import Database
from services.chassis.errors import Unavailable
from services.chassis.events import Event
from services.chassis.loops import Deadline
from services.chassis.metrics import PlatformMetrics
from services.chassis.sql import is_absent, is_transient
from services.chassis.tracing import trace
from services.chassis.unit_of_work import UnitOfWork

#: A handler gets the new events of its name, oldest first, and the transaction they are handled in.
Handler = Callable[[list[Event], UnitOfWork], None]

_TRANSIENT_TRIES = 5


class DatabaseAbsent(Unavailable):
    """Our own database cannot be reached: stop consuming and try the same again (DESIGN §2.5)."""


@contextmanager
def own_database() -> Iterator[None]:
    """Turns "our database is away" into `DatabaseAbsent`, whatever statement met it."""
    try:
        yield
    except Exception as error:
        if is_absent(error):
            raise DatabaseAbsent("database_absent") from error
        raise


@dataclass(frozen=True)
class Incoming:
    """A decoded message with the bytes it came in. `replay` is whether it was sent again from an archive."""

    event: Event
    body: bytes
    replay: bool


@dataclass(frozen=True)
class Effects:
    """How messages take effect. `handlers` run in the order of the table, each transaction within `deadline`."""

    consumer: str
    database: Database
    handlers: Mapping[str, Handler]
    metrics: PlatformMetrics
    deadline: Deadline

    def apply(self, messages: Sequence[Incoming], *, retried: bool = False) -> None:
        """Handle these in one transaction; one that lost a race is run again at once.

        `retried` takes them off the retry table. Raises `DatabaseAbsent`, and whatever a handler raises.
        """
        for _ in range(_TRANSIENT_TRIES - 1):
            try:
                return self._transact(messages, retried)
            except Exception as error:
                if not is_transient(error):
                    raise
        return self._transact(messages, retried)

    def _transact(self, messages: Sequence[Incoming], retried: bool) -> None:
        """One transaction: inbox rows, effects, events. Copies of known events have no effect and are counted."""
        started = self.database.clock.monotonic()
        traceparent = messages[0].event.traceparent if len(messages) == 1 else None
        fresh: set[str] = set()
        with own_database(), trace(traceparent), self.deadline, self.database.begin() as work:
            written = generations.written(work.connection, self.consumer)
            for generation in written:
                work.generation = generation
                fresh |= self._write(work, generation, messages, rebuilding=len(written) > 1)
            if retried:
                for message in messages:
                    retries.finish(work.connection, self.consumer, message.event.id)
        self._count(messages, fresh, self.database.clock.monotonic() - started)

    def _write(
        self, work: UnitOfWork, generation: int, messages: Sequence[Incoming], *, rebuilding: bool
    ) -> set[str]:
        live = {m.event.id: m.event for m in messages if not m.replay}
        replayed = {m.event.id: m.event for m in messages if m.replay}
        new: set[str] = set()
        if live:
            new |= inbox.claim(work.connection, self.consumer, generation, list(live.values()))
        if replayed:
            new |= inbox.claim(
                work.connection, self.consumer, generation, list(replayed.values()), replayed=True
            )
        events = {**live, **replayed}
        claimed = [events[id_] for id_ in new]
        behind = horizons.behind(work.connection, self.consumer, generation, claimed, work.now)
        # A rebuild brings everything again: what is forgotten here has had its effect.
        unknown = behind & live.keys() if rebuilding else behind
        if unknown:
            raise horizons.TooOld(events=sorted(unknown))
        new -= behind
        for name, handler in self.handlers.items():
            mine = [event for event in events.values() if event.name == name and event.id in new]
            if mine:
                handler(mine, work)
        return new

    def _count(self, messages: Sequence[Incoming], fresh: set[str], seconds: float) -> None:
        now = self.database.clock.now()
        self.metrics.event_handling.labels(self.consumer).observe(seconds / len(messages))
        for message in messages:
            event = message.event
            outcome = "handled" if event.id in fresh else "known"
            self.metrics.events_handled.labels(self.consumer, event.name, outcome).inc()
            if not message.replay and not event.historical:
                self.metrics.event_age.labels(self.consumer).observe(
                    max(0.0, (now - event.time).total_seconds())
                )
