"""What routing does with each event; the table gives the order within a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Row

from services.chassis.events import Event
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.classification import Facts, find_facts
from services.routing.storage import estates, timeline
from services.routing.usecases import endings, grading
from services.routing.usecases.context import Rules
from services.routing.usecases.history import register_history
from services.routing.usecases.registration import register

Handler = Callable[[list[Event], UnitOfWork, Rules], None]


def on_estates(events: list[Event], work: UnitOfWork, rules: Rules) -> None:
    """Keep the newest state of each estate."""
    newest: dict[str, Event] = {}
    for event in events:
        if event.subject not in newest or newest[event.subject].version < event.version:
            newest[event.subject] = event
    rows: list[dict[str, Any]] = [
        {
            "code": event.data["code"],
            "name": event.data["name"],
            "path": event.data["path"],
            "zone": event.data["zone"],
            "version": event.version,
            "households": event.data["households_occupied"] or event.data["households_total"],
        }
        for _, event in sorted(newest.items())
    ]
    estates.keep_newest(work.connection, rows)


def on_registered(events: list[Event], work: UnitOfWork, rules: Rules) -> None:
    """Classify and assign new complaints (R40, R84-R89), and take over those of the past as their records say."""
    past = [event for event in events if event.historical and event.data.get("history")]
    new = [event for event in events if event not in past]
    if past:
        register_history(past, work, rules)
    if new:
        register(new, work, rules)


def on_supplemented(events: list[Event], work: UnitOfWork, rules: Rules) -> None:
    """Put what complainants added on the timeline; what it tells may make a case graver (R60-R64)."""
    held = endings.lock_all(work, events)
    timeline.append(
        work.connection,
        [
            timeline.entry(event.subject, event.data["at"], "supplemented", text=event.data["text"])
            for event in events
        ],
    )
    found = [
        each
        for event in events
        for each in grading.told_by(
            event.subject, find_facts(rules.pack, _facts_of(held[event.subject], event)), event
        )
    ]
    grading.add_facts(work, rules, found)


def _facts_of(case: Row[Any], event: Event) -> Facts:
    return Facts(event.data["text"], case.channel, case.kind, event.data["at"].month)


def on_attached(events: list[Event], work: UnitOfWork, rules: Rules) -> None:
    """Put what was attached on the timeline; the file itself is intake's (R21, R110, R114)."""
    endings.lock_all(work, events)
    timeline.append(
        work.connection,
        [
            timeline.entry(
                event.subject,
                event.data["at"],
                "attached",
                by=event.data.get("by"),
                details={"attachment": event.data["attachment"], "purpose": event.data["purpose"]},
            )
            for event in events
        ],
    )


def on_rated(events: list[Event], work: UnitOfWork, rules: Rules) -> None:
    """Close or reopen by what complainants say of the result (R123, R135)."""
    opinions = [(event, event.data["satisfaction"], None) for event in events]
    endings.weigh_opinions(work, rules, opinions, "rating")


def on_called_back(events: list[Event], work: UnitOfWork, rules: Rules) -> None:
    """Close or reopen by how callbacks ended; those on an earlier round change nothing (R131)."""
    opinions = [(event, event.data["outcome"], event.data["round"]) for event in events]
    endings.weigh_opinions(work, rules, opinions, "callback")


def on_withdrawn(events: list[Event], work: UnitOfWork, rules: Rules) -> None:
    """End what complainants took back."""
    endings.withdraw(work, rules, events)


HANDLERS: Mapping[str, Handler] = {
    "estate.changed": on_estates,
    "complaint.registered": on_registered,
    "complaint.supplemented": on_supplemented,
    "complaint.attached": on_attached,
    "complaint.rated": on_rated,
    "callback.completed": on_called_back,
    "complaint.withdrawn": on_withdrawn,
}
