"""Queries on what a resident sees of a complaint; fed by events of routing and by intake itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.sql import recordset
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


def add_to_timeline(connection: Connection, rows: Sequence[TimelineRow]) -> None:
    """Keep what happened, each event once."""
    if not rows:
        return
    columns = list(timeline.columns)
    source = recordset("r", columns, [asdict(row) for row in rows])
    statement = insert(timeline).from_select(
        [c.name for c in columns], select(*(source.c[c.name] for c in columns))
    )
    connection.execute(statement.on_conflict_do_nothing())


def save_case_states(connection: Connection, states: Sequence[CaseState]) -> None:
    """Keep the newest of what routing said of each complaint, in whatever order it is learnt."""
    newest: dict[str, CaseState] = {}
    for state in states:
        known = newest.get(state.number)
        if known is None or state.version > known.version:
            newest[state.number] = state
    if not newest:
        return
    columns = list(case_states.columns)
    # Sorted, so that two batches that touch the same complaints take their locks in the same order.
    source = recordset("r", columns, [asdict(state) for _, state in sorted(newest.items())])
    statement = insert(case_states).from_select(
        [c.name for c in columns], select(*(source.c[c.name] for c in columns)).order_by(source.c.number)
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[case_states.c.number],
            set_={"status": statement.excluded.status, "version": statement.excluded.version},
            where=case_states.c.version < statement.excluded.version,
        )
    )


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
