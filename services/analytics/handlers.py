"""What each event tells the facts. Each handler is one statement for the whole list, in whatever order it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.analytics.domain import OpinionSource, is_zone, normalised_place
from services.analytics.storage.estates import keep_newest_estates
from services.analytics.storage.facts import keep_earliest, keep_newest
from services.chassis.auth.revocation import PrincipalState, remember_principals
from services.chassis.effects import Handler
from services.chassis.errors import Invalid
from services.chassis.events import Event
from services.chassis.replay import on_finished
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import CallbackOutcome, ClockName, ClockVerdict

_OPINION_RANK = {asked.value: rank for rank, asked in enumerate(OpinionSource)}
_BREACH_COLUMN = {
    ClockName.DISPATCH: "dispatch_due_at",
    ClockName.ANSWER: "answer_due_at",
    ClockName.SOLVE: "solve_due_at",
}


def on_estate(events: list[Event], work: UnitOfWork) -> None:
    """Keep the estates as they are now. Raises `Invalid` for a zone that no calendar knows."""
    unknown = sorted({event.data["zone"] for event in events if not is_zone(event.data["zone"])})
    if unknown:
        raise Invalid("zone_unknown", zone=unknown[0])
    keep_newest_estates(
        work.connection,
        work.generation,
        [
            {
                "code": event.data["code"],
                "name": event.data["name"],
                "path": event.data["path"],
                "zone": event.data["zone"],
                "group_code": event.data["group"],
                "group_name": event.data["group_name"],
                "region_code": event.data["region"],
                "region_name": event.data["region_name"],
                "version": event.version,
            }
            for event in events
        ],
    )


def on_staff(events: list[Event], work: UnitOfWork) -> None:
    """Know who may no longer sign in. This belongs to no generation."""
    states = [PrincipalState(e.data["staff_id"], e.data["disabled"], e.version) for e in events]
    remember_principals(work.connection, states)


def on_registered(events: list[Event], work: UnitOfWork) -> None:
    """The complaint exists and is counted from now on; one of the past by the channel and at the place of its records."""
    rows = [
        {
            "number": event.data["number"],
            "registered_version": event.version,
            "estate": event.data["estate"],
            "channel": _of_records(event, "channel") or event.data["channel"],
            "kind": event.data["kind"],
            "received_at": event.data["received_at"],
            "household_id": event.data["household_id"],
            "place": normalised_place(_of_records(event, "place") or event.data["location"]),
        }
        for event in events
    ]
    keep_newest(work.connection, work.generation, rows, order=["registered_version"])


def _of_records(event: Event, field: str) -> str | None:
    history: Mapping[str, Any] = event.data.get("history") or {}
    return history.get(field)


def on_classified(events: list[Event], work: UnitOfWork) -> None:
    """Category and severity as routing's newest decision says (R59)."""
    rows = [
        {
            "number": event.data["number"],
            "classified_version": event.version,
            "category": event.data["category"],
            "severity": event.data.get("severity"),
        }
        for event in events
    ]
    keep_newest(work.connection, work.generation, rows, order=["classified_version"])


def on_verified(events: list[Event], work: UnitOfWork) -> None:
    """Whether the complaint was found valid, as routing's newest verification says (R48)."""
    rows = [
        {
            "number": event.data["number"],
            "verified_version": event.version,
            "verdict": event.data["verdict"],
        }
        for event in events
    ]
    keep_newest(work.connection, work.generation, rows, order=["verified_version"])


def on_resolved(events: list[Event], work: UnitOfWork) -> None:
    """All work orders are signed off (R122), and what was at the root of it may be known (R191)."""
    rows = [
        {
            "number": event.data["number"],
            "resolved_version": event.version,
            "resolved_at": event.data["at"],
            "cause": event.data.get("cause"),
        }
        for event in events
    ]
    keep_newest(work.connection, work.generation, rows, order=["resolved_version"])


def on_reopened(events: list[Event], work: UnitOfWork) -> None:
    """The case goes on (R123)."""
    _keep_version(events, work, "reopened_version")


def on_closed(events: list[Event], work: UnitOfWork) -> None:
    """The case is at its end."""
    _keep_version(events, work, "closed_version")


def on_withdrawn(events: list[Event], work: UnitOfWork) -> None:
    """The complaint no longer is valid."""
    _keep_earliest_at(events, work, "withdrawn_at")


def on_assigned(events: list[Event], work: UnitOfWork) -> None:
    """The dispatch clock stopped (R85), and who handles the complaint is who was assigned last, but to no part of it (R100)."""
    events = [event for event in events if not event.data.get("parent")]
    _keep_earliest_at(events, work, "assigned_at")
    rows = [
        {
            "number": event.data["number"],
            "assigned_version": event.version,
            "department": event.data["department"],
            "assignee": event.data["assignee"],
        }
        for event in events
    ]
    keep_newest(work.connection, work.generation, rows, order=["assigned_version"])


def on_answered(events: list[Event], work: UnitOfWork) -> None:
    """The answer clock stopped (R105)."""
    _keep_earliest_at(events, work, "answered_at")


def on_breached(events: list[Event], work: UnitOfWork) -> None:
    """A clock ran past its target. The record clock never runs any longer once a complaint is on the register."""
    for clock, column in _BREACH_COLUMN.items():
        rows = [
            {"number": event.data["number"], column: event.data["due_at"]}
            for event in events
            if event.data["clock"] == clock
        ]
        keep_earliest(work.connection, work.generation, column, rows)
    _keep_solve(events, work, lambda _: ClockVerdict.BREACHED)


def on_clock_changed(events: list[Event], work: UnitOfWork) -> None:
    """How the clock of the solution stands: one that has more time after all is no longer late."""
    _keep_solve(events, work, lambda event: event.data["verdict"])


def _keep_solve(events: list[Event], work: UnitOfWork, verdict: Callable[[Event], str]) -> None:
    rows = [
        {
            "number": event.data["number"],
            "solve_version": event.version,
            "solve_verdict": verdict(event),
        }
        for event in events
        if event.data["clock"] == ClockName.SOLVE
    ]
    keep_newest(work.connection, work.generation, rows, order=["solve_version"])


def on_rated(events: list[Event], work: UnitOfWork) -> None:
    """How satisfied the complainant says he is (R135)."""
    _keep_opinion(events, work, "satisfaction")


def on_called_back(events: list[Event], work: UnitOfWork) -> None:
    """The same by telephone (R131); who was not reached has not answered."""
    reached = [event for event in events if event.data["outcome"] != CallbackOutcome.UNREACHED]
    _keep_opinion(reached, work, "outcome")


def _keep_version(events: list[Event], work: UnitOfWork, column: str) -> None:
    rows = [{"number": event.data["number"], column: event.version} for event in events]
    keep_newest(work.connection, work.generation, rows, order=[column])


def _keep_earliest_at(events: list[Event], work: UnitOfWork, column: str) -> None:
    rows = [{"number": event.data["number"], column: event.data["at"]} for event in events]
    keep_earliest(work.connection, work.generation, column, rows)


def _keep_opinion(events: list[Event], work: UnitOfWork, field: str) -> None:
    rows: list[dict[str, Any]] = [
        {
            "number": event.data["number"],
            "satisfaction": event.data[field],
            "opinion_at": event.data["at"],
            "opinion_rank": _OPINION_RANK[event.source],
            "opinion_version": event.version,
        }
        for event in events
    ]
    keep_newest(
        work.connection, work.generation, rows, order=["opinion_at", "opinion_rank", "opinion_version"]
    )


HANDLERS: Mapping[str, Handler] = {
    "estate.changed": on_estate,
    "staff.changed": on_staff,
    "complaint.registered": on_registered,
    "complaint.classified": on_classified,
    "complaint.verified": on_verified,
    "workorder.assigned": on_assigned,
    "complaint.answered": on_answered,
    "complaint.resolved": on_resolved,
    "complaint.rated": on_rated,
    "callback.completed": on_called_back,
    "complaint.reopened": on_reopened,
    "complaint.closed": on_closed,
    "complaint.withdrawn": on_withdrawn,
    "clock.breached": on_breached,
    "clock.changed": on_clock_changed,
    "replay.finished": on_finished,
}
