"""Queries on what a resident sees of a complaint; fed by events of routing and by intake itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from services.chassis.sql import as_json, direct, insertion
from services.intake.storage.tables import case_states, complaints, timeline


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Something that happened with a complaint; `what` is a code, `note` is masked text for the resident."""

    event_id: str
    number: str
    what: str
    note: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseState:
    """What routing says of a complaint, as of its version."""

    number: str
    status: str
    version: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What a complaint's number tells. `case_status` is routing's word, None before its first."""

    number: str
    received_at: datetime
    withdrawn_at: datetime | None
    case_status: str | None
    timeline: tuple[TimelineRow, ...]


_ADD = f"{insertion(timeline, timeline.columns.keys(), '%(rows)s')} ON CONFLICT DO NOTHING"
# Sorted, so that two batches that touch the same complaints take their locks in the same order.
_KEEP_NEWEST = f"""
    {insertion(case_states, case_states.columns.keys(), "%(rows)s")} ORDER BY number
    ON CONFLICT (number) DO UPDATE SET status = excluded.status, version = excluded.version
    WHERE case_states.version < excluded.version
    """


def add_to_timeline(connection: Connection, rows: Sequence[TimelineRow]) -> None:
    """Keep what happened, each event once."""
    if rows:
        direct(connection, _ADD, {"rows": as_json([asdict(row) for row in rows])})


def save_case_states(connection: Connection, states: Sequence[CaseState]) -> None:
    """Keep the newest of what routing said of each complaint, in whatever order it is learnt."""
    newest: dict[str, CaseState] = {}
    for state in states:
        known = newest.get(state.number)
        if known is None or state.version > known.version:
            newest[state.number] = state
    if newest:
        direct(connection, _KEEP_NEWEST, {"rows": as_json([asdict(state) for state in newest.values()])})


def find_progress(connection: Connection, number: str) -> Progress | None:
    """What is known of a complaint; None if there is none of this number."""
    row = connection.execute(
        select(complaints.c.received_at, complaints.c.withdrawn_at, case_states.c.status)
        .outerjoin(case_states, case_states.c.number == complaints.c.number)
        .where(complaints.c.number == number)
    ).one_or_none()
    if row is None:
        return None
    happened = connection.execute(
        select(timeline.c.event_id, timeline.c.number, timeline.c.what, timeline.c.note, timeline.c.at)
        .where(timeline.c.number == number)
        .order_by(timeline.c.at, timeline.c.event_id)
    )
    return Progress(
        number, row.received_at, row.withdrawn_at, row.status, tuple(TimelineRow(*each) for each in happened)
    )
