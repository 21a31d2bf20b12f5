"""One complaint's events reach a projection in any order: late, early, twice, and with a crash in the middle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from services.chassis.database import Database
from services.chassis.effects import Handler, Incoming
from services.chassis.envelope import encode
from services.chassis.events import Event
from services.chassis.handling import Handling
from services.chassis.retries import retries
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import handling
from tests.faults.ordering.lives import ENDINGS, Life
from tests.faults.ordering.projections import Projection

#: Longer than the longest pause between two attempts of what waits for something else.
_PAUSE_MINUTES = 11


class Crash(BaseException):
    """The process ends here."""


class Deliveries(RuleBasedStateMachine):
    """The copy must be that of the same events in their order, whatever was delivered how."""

    projection: Projection
    database: Database
    clock: ManualClock
    in_order: Callable[[int, str], Any]
    numbers: Callable[[], str]

    @initialize(rounds=st.integers(1, 3), ending=st.sampled_from(ENDINGS))
    def begin(self, rounds: int, ending: str) -> None:
        """Somebody complains; nothing has arrived yet."""
        self.expected = self.in_order(rounds, ending)
        life = Life(self.numbers(), rounds, ending)
        self.missing = self.projection.heard(life.events)
        self.arrived: list[Event] = []
        self.redelivered: list[Event] = []
        self.before: Mapping[str, int] = {}
        self.number = life.number

    @precondition(lambda self: self.missing)
    @rule(data=st.data())
    def some_arrive(self, data: st.DataObject) -> None:
        """Any of them, as one batch: what is left out is a gap, to be filled later. One may be in the batch twice."""
        self._arrive(self._draw(data, self.missing))

    @precondition(lambda self: self.missing)
    @rule()
    def the_oldest_gap_closes(self) -> None:
        """What should have come first comes now."""
        self._arrive([min(self.missing, key=lambda event: event.version)])

    @precondition(lambda self: self.arrived)
    @rule(data=st.data())
    def some_come_again(self, data: st.DataObject) -> None:
        """What was handled is delivered once more."""
        self._path().batch(self._read(self._draw(data, self.arrived)))

    @precondition(lambda self: self.missing)
    @rule(data=st.data())
    def a_crash_comes_between(self, data: st.DataObject) -> None:
        """The process ends after a handler has written and before the commit; the broker will deliver all of it again."""
        batch = self._draw(data, self.missing)
        fatal = data.draw(st.sampled_from(sorted({event.name for event in batch})))
        try:
            self._path(fatal).batch(self._read(batch))
        except Crash:
            self.redelivered += [event for event in batch if event not in self.redelivered]
        else:
            # Something was missing, so that the handler came to no end: all of them wait, or are handled.
            for event in batch:
                self._note(event)

    @precondition(lambda self: self.redelivered)
    @rule()
    def what_was_under_way_comes_again(self) -> None:
        """Redelivered messages are handled one by one."""
        for event in self.redelivered:
            self._path().alone(self._read([event])[0])
            self._note(event)
        self.redelivered = []

    @rule()
    def time_passes(self) -> None:
        """What waits for something else is tried again."""
        self.clock.advance(minutes=_PAUSE_MINUTES)
        while self._path().retry_due():
            pass

    @invariant()
    def nothing_is_applied_below_the_known_version(self) -> None:
        """Of each kind the newest that arrived holds, gaps before it or not; it never falls back."""
        with self.database.read() as connection:
            waiting = connection.scalar(select(func.count()).select_from(retries))
            known = self.projection.known(connection).get(self.number, {})
        assert all(known.get(column, 0) >= version for column, version in self.before.items())
        self.before = known
        if not waiting:
            assert known == self._newest()

    def teardown(self) -> None:
        """In the end everything has arrived, and the copy is that of the order it happened in."""
        if not hasattr(self, "number"):
            return
        self.what_was_under_way_comes_again()
        for event in reversed(self.missing.copy()):
            self._arrive([event])
        self.time_passes()
        with self.database.read() as connection:
            assert connection.scalar(select(func.count()).select_from(retries)) == 0
            assert self.projection.kept(connection)[self.number] == self.expected

    def _arrive(self, batch: list[Event]) -> None:
        self._path().batch(self._read(batch))
        for event in batch:
            self._note(event)

    def _note(self, event: Event) -> None:
        if event in self.missing:
            self.missing.remove(event)
            self.arrived.append(event)

    def _newest(self) -> dict[str, int]:
        newest = {}
        for column, names in self.projection.newest.items():
            versions = [event.version for event in self.arrived if event.name in names]
            if versions:
                newest[column] = max(versions)
        return newest

    def _draw(self, data: st.DataObject, events: list[Event]) -> list[Event]:
        return data.draw(st.lists(st.sampled_from(events), min_size=1, max_size=5))

    def _read(self, events: list[Event]) -> list[Incoming]:
        path = self._path()
        return [path.read(encode(event, self.database.catalogue), False) for event in events]

    def _path(self, fatal: str | None = None) -> Handling:
        handlers = dict(self.projection.handlers)
        if fatal is not None:
            handlers[fatal] = _crashing(handlers[fatal])
        return handling(self.database, handlers)


def _crashing(handler: Handler) -> Handler:
    def handle(events: Any, work: Any) -> None:
        handler(events, work)
        raise Crash

    return handle
