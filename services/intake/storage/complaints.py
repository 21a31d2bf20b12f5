"""Queries on complaints, supplements and ratings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, bindparam, case, func, select

from services.chassis.http.paging import Page
from services.chassis.ids import new_id
from services.chassis.pages import one_page
from services.chassis.scope import below
from services.chassis.sql import Prepared, insert_rows, recordset
from services.intake.storage.tables import (
    case_states,
    complaints,
    nodes,
    ratings,
    supplements,
)

#: The constraint that keeps a number from being given twice.
NUMBERS_ARE_UNIQUE = "complaints_pkey"


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A complaint as it was made. `receiver` is the staff id of who took it, None for a public form (R6)."""

    estate: str
    channel: str
    kind: str
    text: str
    demand: str | None
    location: str | None
    category: str | None
    received_at: datetime
    recorded_at: datetime
    anonymous: bool
    party_id: str | None
    household_id: str | None
    receiver: str | None
    call_id: str | None
    unhappy_with: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is needed to let a complainant act on his complaint."""

    number: str
    estate: str
    claim_digest: bytes
    withdrawn_at: datetime | None
    case_status: str | None


_SAID = tuple(field.name for field in fields(NewComplaint))


def new_row(number: str, claim_digest: bytes, complaint: NewComplaint) -> dict[str, Any]:
    """The row of a complaint; where its number is taken, that breaks `NUMBERS_ARE_UNIQUE`."""
    said = {name: getattr(complaint, name) for name in _SAID}
    return {"number": number, "claim_digest": claim_digest, **said}


def is_of(connection: Connection, number: str, estate: str) -> bool:
    """Whether there is a complaint of this number in the estate."""
    query = select(complaints.c.number).where(complaints.c.number == number, complaints.c.estate == estate)
    return connection.scalar(query) is not None


_CLAIM: Final = Prepared(
    select(
        complaints.c.number,
        complaints.c.estate,
        complaints.c.claim_digest,
        complaints.c.withdrawn_at,
        case_states.c.status,
    )
    .outerjoin(case_states, case_states.c.number == complaints.c.number)
    .where(complaints.c.number == bindparam("number"))
    .with_for_update(of=complaints, key_share=True)
)


def claim_of(connection: Connection, number: str) -> Claim | None:
    """What there is to check before a complainant acts; acts on one complaint wait for each other."""
    row = _CLAIM.first(connection, number=number)
    return None if row is None else Claim(*row)


def lock_in_scope(connection: Connection, number: str, scope: str) -> str | None:
    """The estate of a complaint in the subtree of `scope`, locked; None where there is none."""
    query = (
        select(complaints.c.estate)
        .join(nodes, nodes.c.code == complaints.c.estate)
        .where(complaints.c.number == number, below(nodes.c.path, scope))
    )
    return connection.scalar(query.with_for_update(of=complaints))


def withdraw(connection: Connection, number: str, at: datetime) -> None:
    """Note that the complaint was taken back."""
    connection.execute(complaints.update().where(complaints.c.number == number).values(withdrawn_at=at))


def add_supplement(connection: Connection, number: str, text: str, at: datetime) -> None:
    """Keep what the complainant added."""
    insert_rows(connection, supplements, [{"id": new_id(), "number": number, "text": text, "at": at}])


def add_rating(
    connection: Connection, number: str, satisfaction: str, comment: str | None, at: datetime
) -> None:
    """Keep what the complainant says of the result."""
    rating = {"id": new_id(), "number": number, "satisfaction": satisfaction, "comment": comment, "at": at}
    insert_rows(connection, ratings, [rating])


_STATUS = case(
    (complaints.c.withdrawn_at.is_not(None), "withdrawn"),
    else_=func.coalesce(case_states.c.status, "received"),
).label("status")

_LISTED = (
    complaints.c.number,
    complaints.c.estate,
    complaints.c.channel,
    complaints.c.kind,
    complaints.c.category,
    complaints.c.location,
    complaints.c.text,
    complaints.c.demand,
    complaints.c.received_at,
    complaints.c.recorded_at,
    complaints.c.anonymous,
    complaints.c.party_id,
    complaints.c.household_id,
    complaints.c.receiver,
    complaints.c.call_id,
    complaints.c.unhappy_with,
)


def list_complaints(
    connection: Connection, *, scope: str, filters: Mapping[str, str], page: Page
) -> tuple[list[dict[str, Any]], int]:
    """One page of the complaints in the subtree of `scope`, and how many there are.

    `filters` may hold `estate`, `channel`, `status` and `q`, the beginning of a number.
    """
    mine = select(nodes.c.code).where(below(nodes.c.path, scope), nodes.c.kind == "estate")
    found = (
        select(*_LISTED, _STATUS)
        .outerjoin(case_states, case_states.c.number == complaints.c.number)
        .where(complaints.c.estate.in_(mine))
    )
    if "estate" in filters:
        found = found.where(complaints.c.estate == filters["estate"])
    if "channel" in filters:
        found = found.where(complaints.c.channel == filters["channel"])
    if "status" in filters:
        found = found.where(_STATUS.element == filters["status"])
    if "q" in filters:
        found = found.where(complaints.c.number.startswith(filters["q"].upper(), autoescape=True))
    rows, total = one_page(connection, found, page, complaints.c[page.sort], complaints.c.number)
    return [dict(row) for row in rows], total


def mask_originals(connection: Connection, party_id: str, mask: Callable[[str], str]) -> None:
    """Mask every word that a person left with us."""
    numbers = select(complaints.c.number).where(complaints.c.party_id == party_id)
    _mask(connection, complaints, "number", ("text", "demand", "location"), numbers, mask)
    _mask(connection, supplements, "id", ("text",), numbers, mask)
    _mask(connection, ratings, "id", ("comment",), numbers, mask)


def _mask(
    connection: Connection,
    table: Table,
    key: str,
    texts: Sequence[str],
    numbers: Select[str],
    mask: Callable[[str], str],
) -> None:
    columns = [table.c[key], *(table.c[name] for name in texts)]
    rows = connection.execute(select(*columns).where(table.c.number.in_(numbers)))
    masked = [
        {str(name): mask(value) if value and name in texts else value for name, value in row._mapping.items()}
        for row in rows
    ]
    if not masked:
        return
    source = recordset("r", columns, masked)
    connection.execute(
        table.update().where(table.c[key] == source.c[key]).values({name: source.c[name] for name in texts})
    )
