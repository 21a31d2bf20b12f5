"""Rows of proposals (R111, R112)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from services.chassis.sql import Prepared, insert_rows
from services.contracts.vocabulary import ProposalStatus
from services.routing.storage.tables import proposals

_OPEN = (proposals.c.number == bindparam("of_case"), proposals.c.status == ProposalStatus.PROPOSED.value)
_OPEN_OF: Final = Prepared(select(proposals).where(*_OPEN))
_REPLACE: Final = Prepared(proposals.update().where(*_OPEN).values(status=ProposalStatus.REPLACED.value))
_DECIDE: Final = Prepared(
    proposals.update()
    .where(proposals.c.id == bindparam("proposal"))
    .values(
        status=bindparam("ended"),
        way=bindparam("how"),
        answered_by=bindparam("who"),
        answered_at=bindparam("when"),
    )
)
_OF_CASE: Final = Prepared(
    select(proposals)
    .where(proposals.c.number == bindparam("of_case"))
    .order_by(proposals.c.proposed_at, proposals.c.id)
)


def insert(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a new proposal."""
    insert_rows(connection, proposals, [values])


def open_of(connection: Connection, number: str) -> Mapping[str, Any] | None:
    """The proposal of a case that waits for an answer; None where there is none. Lock the case before."""
    return next(iter(_OPEN_OF.mappings(connection, of_case=number)), None)


def replace_open(connection: Connection, number: str) -> None:
    """The open proposal of a case no longer waits for an answer."""
    _REPLACE.rows(connection, of_case=number)


def decide(connection: Connection, id_: str, *, status: str, way: str, by: str, at: datetime) -> None:
    """Write what the complainant said to a proposal."""
    _DECIDE.rows(connection, proposal=id_, ended=status, how=way, who=by, when=at)


def of_case(connection: Connection, number: str) -> Sequence[Mapping[str, Any]]:
    """The proposals of a case, oldest first."""
    return _OF_CASE.mappings(connection, of_case=number)
