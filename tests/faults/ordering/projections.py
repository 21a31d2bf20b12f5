"""What each service keeps of complaints that others tell of, and how a test reads it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from services.analytics import app as analytics
from services.analytics.handlers import HANDLERS as ANALYTICS_HANDLERS
from services.analytics.storage.tables import facts
from services.chassis.effects import Handler
from services.chassis.events import Event
from services.chassis.platform import ServiceDefinition
from services.contracts.states import SAY_STATUS
from services.intake import app as intake
from services.intake.handlers import HANDLERS as INTAKE_HANDLERS
from services.intake.storage.tables import case_states, timeline
from services.notification import app as notification
from services.notification.handlers import HANDLERS as NOTIFICATION_HANDLERS
from services.notification.handlers import Deps
from services.notification.storage.tables import callbacks, cases, deliveries
from services.notification.wording import read_wording
from tests.integration.notification.stories import contact, estate

#: By the number of each complaint, all that is kept of it but ids and instants of writing.
Kept = dict[str, Any]
#: By the number of each complaint, versions that are known, by what they are versions of.
Known = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Projection:
    """One service's copy.

    `before` is known before the first complaint, and `needed` names what others of its events wait for. `newest` names the
    events whose latest version each column of `known` holds.
    """

    definition: ServiceDefinition
    handlers: Mapping[str, Handler]
    before: Collection[Event]
    kept: Callable[[Connection], Kept]
    known: Callable[[Connection], Known]
    newest: Mapping[str, Collection[str]]
    needed: Collection[str] = ()

    def heard(self, events: Iterable[Event]) -> list[Event]:
        """Those of the events that the service consumes."""
        return [event for event in events if event.name in self.handlers]


def _facts(connection: Connection) -> Kept:
    columns = [column for column in facts.c if column.name not in ("generation", "number")]
    rows = connection.execute(select(facts.c.number, *columns))
    return {row.number: {column.name: row._mapping[column] for column in columns} for row in rows}


_FACT_VERSIONS = {
    "registered_version": ("complaint.registered",),
    "classified_version": ("complaint.classified",),
    "assigned_version": ("workorder.assigned",),
    "verified_version": ("complaint.verified",),
    "resolved_version": ("complaint.resolved",),
    "reopened_version": ("complaint.reopened",),
    "closed_version": ("complaint.closed",),
}


def _fact_versions(connection: Connection) -> Known:
    return {
        number: {name: fact[name] for name in _FACT_VERSIONS if fact[name] is not None}
        for number, fact in _facts(connection).items()
    }


def _progress(connection: Connection) -> Kept:
    kept: Kept = {}
    for row in connection.execute(select(case_states)):
        kept[row.number] = [row.status, row.version]
    for row in connection.execute(select(timeline).order_by(timeline.c.at, timeline.c.what)):
        kept.setdefault(row.number, []).append((row.what, row.note, row.at))
    return kept


def _progress_versions(connection: Connection) -> Known:
    return {row.number: {"version": row.version} for row in connection.execute(select(case_states))}


def _tasks(connection: Connection) -> Kept:
    kept: Kept = {row.number: [row.ended_version] for row in connection.execute(select(cases))}
    for row in connection.execute(select(callbacks).order_by(callbacks.c.round)):
        kept[row.number].append((row.round, row.resolved_version, row.status))
    written = select(deliveries).order_by(deliveries.c.template, deliveries.c.party_id)
    for row in connection.execute(written):
        kept[row.number].append((row.template, row.party_id, row.body.replace(row.number, "")))
    return kept


def _ended(connection: Connection) -> Known:
    ended = select(cases).where(cases.c.ended_version > 0)
    return {row.number: {"ended_version": row.ended_version} for row in connection.execute(ended)}


def _notices() -> Mapping[str, Handler]:
    deps = Deps(read_wording("https://linli.example/{number}"))
    return {name: lambda e, w, h=handler: h(e, w, deps) for name, handler in NOTIFICATION_HANDLERS.items()}


def projections() -> dict[str, Projection]:
    """Every projection of complaints, by its service."""
    people = [contact(), contact("staff-9", source="routing")]
    return {
        "analytics": Projection(
            analytics.SERVICE, ANALYTICS_HANDLERS, [], _facts, _fact_versions, _FACT_VERSIONS
        ),
        "intake": Projection(
            intake.SERVICE, INTAKE_HANDLERS, [], _progress, _progress_versions, {"version": SAY_STATUS}
        ),
        "notification": Projection(
            notification.SERVICE,
            _notices(),
            [estate(), *people],
            _tasks,
            _ended,
            {"ended_version": ("complaint.closed", "complaint.reopened")},
            ("complaint.registered",),
        ),
    }
