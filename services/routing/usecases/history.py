"""A complaint of the past becomes a case as its records say: nobody decides anything, nobody is given work (DESIGN §2.11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.chassis.errors import NotFound
from services.chassis.events import Event
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.cases import Status
from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.matters import Matter
from services.routing.domain.clocks.regime import Regime
from services.routing.domain.rules import Urgency
from services.routing.domain.severity import Severity
from services.routing.storage import estates, tables, timeline
from services.routing.usecases.clocks.starting import Start, started
from services.routing.usecases.clocks.telling import tell_breach
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.registration import taken_over

#: Named as the rule where the records decide.
BY_RECORDS: Final = "history"
#: How a case closed that somebody else closed elsewhere.
_CLOSED_AS: Final = "by_staff"
#: Stands for words that the records do not have.
_NO_WORDS: Final = "–"


@dataclass(frozen=True, slots=True)
class Past:
    """A complaint of the past and those of its clocks that are known to have stopped."""

    event: Event
    clocks: Sequence[dict[str, Any]]

    @property
    def number(self) -> str:
        """The number of the complaint."""
        return self.event.subject

    @property
    def estate(self) -> str:
        """The code of its estate."""
        estate: str = self.event.data["estate"]
        return estate

    @property
    def historical(self) -> bool:
        """It is."""
        return True


def register_history(events: Sequence[Event], work: UnitOfWork, rules: Rules) -> None:
    """Open the cases of complaints of the past, each in the state its records end with.

    There is no work order, and only such clocks as are known to have stopped. Raises `NotFound` where an estate was not
    heard of yet: the complaint then waits for it (DESIGN §2.5).
    """
    codes = {event.data["estate"] for event in events}
    places = estates.estates_of(work.connection, codes)
    if missing := codes - places.keys():
        raise NotFound("estate_unknown", estate=min(missing))
    regimes = {code: rules.regimes.of(place) for code, place in places.items()}
    rules.regimes.keep_timetables(work, regimes.values())
    batch = [Past(event, _clocks(event, regimes[event.data["estate"]], work.now)) for event in events]
    cases = [_case(event) for event in events]
    entries = timeline.begun(cases, (entry for event in events for entry in _entries(event)))
    work.add(tables.cases, cases)
    work.add(tables.clocks, (clock for each in batch for clock in each.clocks))
    work.add(tables.timeline, entries)
    for each in batch:
        for name, data in _facts(each.event):
            tell(work, name, each, data, cause=each.event)
        for clock in each.clocks:
            if clock["breached_at"] is not None:
                tell_breach(work, rules.metrics, each, clock, cause=each.event)
    # What follows in the same transaction may concern these cases.
    work.flush()


def _case(event: Event) -> dict[str, Any]:
    history = event.data["history"]
    return {
        **taken_over({**event.data, "location": history["place"] or event.data["location"]}),
        "category": history["category"],
        "category_rule": BY_RECORDS,
        "urgency": Urgency.NORMAL.value,
        "urgency_rule": BY_RECORDS,
        "pack": history["source"],
        "status": _status(history).value,
        "round": 1,
        "answered_at": history["answered_at"],
        "resolved_at": history["resolved_at"],
        "closed_at": history["closed_at"],
        "closed_as": _CLOSED_AS if history["closed_at"] else None,
        "historical": True,
    }


def _status(history: dict[str, Any]) -> Status:
    if history["closed_at"]:
        return Status.CLOSED
    if history["resolved_at"]:
        return Status.RESOLVED
    return Status.IN_PROGRESS if history["answered_at"] else Status.RECEIVED


def _clocks(event: Event, regime: Regime, now: datetime) -> list[dict[str, Any]]:
    """The clocks whose both ends are on record, with their verdicts (R37, R38, R105): of others nothing can be said."""
    data, history = event.data, event.data["history"]
    matter = Matter(history["category"], Urgency.NORMAL.value, Severity.MINOR.value, data["channel"])
    ends = {
        ClockName.RECORD: data["recorded_at"],
        ClockName.ANSWER: history["answered_at"],
        ClockName.SOLVE: history["resolved_at"],
    }
    rows = [
        started(
            Start(event.subject, name, data["received_at"], stopped_at=stopped),
            regime,
            matter,
            now,
            historical=True,
        )
        for name, stopped in ends.items()
        if stopped is not None
    ]
    return [row for row in rows if row is not None]


def _facts(event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events that tell what the records say, in the order it happened."""
    history = event.data["history"]
    yield (
        "complaint.classified",
        {
            "category": history["category"],
            "urgency": Urgency.NORMAL.value,
            "category_rule": BY_RECORDS,
            "urgency_rule": BY_RECORDS,
            "pack": history["source"],
            "at": event.data["received_at"],
        },
    )
    if history["answered_at"]:
        answer = {"by": history["source"], "text": _NO_WORDS, "at": history["answered_at"]}
        yield "complaint.answered", answer
    if history["resolved_at"]:
        result = {"result": history["result"] or _NO_WORDS, "round": 1, "at": history["resolved_at"]}
        yield "complaint.resolved", {**result, "party_id": event.data["party_id"]}
    if history["closed_at"]:
        yield "complaint.closed", {"closed_as": _CLOSED_AS, "at": history["closed_at"]}


def _entries(event: Event) -> Iterator[dict[str, Any]]:
    """The same on the timeline of the case."""
    number, history = event.subject, event.data["history"]
    details = {"category": history["category"], "category_rule": BY_RECORDS, "pack": history["source"]}
    yield timeline.entry(number, event.data["received_at"], "classified", details=details)
    if history["answered_at"]:
        yield timeline.entry(number, history["answered_at"], "answered", by=history["source"])
    if history["resolved_at"]:
        yield timeline.entry(number, history["resolved_at"], "resolved", text=history["result"])
    if history["closed_at"]:
        details = {"closed_as": _CLOSED_AS}
        yield timeline.entry(number, history["closed_at"], "closed", details=details)
