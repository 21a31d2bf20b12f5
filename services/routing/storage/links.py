"""Rows of links between cases. Whoever changes some holds them all first: no two changes close a circle together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, Text, bindparam, func, literal, select, text, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from services.chassis.sql import Prepared, among, insert_rows
from services.contracts.vocabulary import LinkKind
from services.routing.domain.cases import ENDED
from services.routing.storage.scope import visible_in
from services.routing.storage.tables import case_links, cases

#: Links of one case that are shown; all members of a large group are in the list of cases.
MOST_SHOWN: Final = 200

#: Links whose ends are about one matter, so that closing one asks what becomes of the other.
_ONE_MATTER: Final = (LinkKind.JOINED_TO.value, LinkKind.DUPLICATE_OF.value)

_STANDING = case_links.c.removed_at.is_(None)
_JOINED = _STANDING & (case_links.c.kind == LinkKind.JOINED_TO.value)

_HOLD = text("LOCK TABLE case_links IN SHARE ROW EXCLUSIVE MODE")

_ABOVE = text(
    """
    WITH RECURSIVE above AS (
        SELECT other FROM case_links WHERE number = :number AND removed_at IS NULL AND id <> ALL(CAST(:but AS uuid[]))
        UNION
        SELECT l.other FROM case_links l JOIN above ON l.number = above.other
        WHERE l.removed_at IS NULL AND l.id <> ALL(CAST(:but AS uuid[]))
    )
    SELECT other FROM above
    """
)


def hold(connection: Connection) -> None:
    """Let nobody else change links until the transaction ends; they may be read. Before any case is locked."""
    connection.execute(_HOLD)


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new links."""
    insert_rows(connection, case_links, rows)


def remove(
    connection: Connection, ids: Collection[str], at: datetime, by: str | None, reason: str | None
) -> None:
    """End these links; the rows stay."""
    if ids:
        connection.execute(
            case_links.update()
            .where(case_links.c.id.in_(list(ids)))
            .values(removed_at=at, removed_by=by, removal_reason=reason)
        )


def standing(connection: Connection, number: str, kind: LinkKind, other: str) -> Row[Any] | None:
    """This very link, if it stands."""
    query = select(case_links).where(
        _STANDING, case_links.c.number == number, case_links.c.kind == kind.value, case_links.c.other == other
    )
    return connection.execute(query).one_or_none()


def find(connection: Connection, id_: str, number: str) -> Row[Any] | None:
    """A link of a case, standing or not, whichever end the case is."""
    mine = (case_links.c.number == number) | (case_links.c.other == number)
    return connection.execute(select(case_links).where(case_links.c.id == id_, mine)).one_or_none()


def above(connection: Connection, number: str, *, but: Collection[str] = ()) -> set[str]:
    """All cases that links lead to from this one, over any number of steps, `but` for some links."""
    return set(connection.scalars(_ABOVE, {"number": number, "but": list(but)}))


_OF_MEMBERS: Final = Prepared(select(case_links).where(_JOINED, among(case_links.c.number, "numbers")))
_OPEN_MEMBERS: Final = Prepared(
    select(case_links.c.kind, case_links.c.number)
    .join(cases, cases.c.number == case_links.c.number)
    .where(
        _STANDING,
        case_links.c.other == bindparam("number"),
        among(case_links.c.kind, "kinds"),
        cases.c.estate == bindparam("estate"),
        cases.c.status != func.all(bindparam("ended", type_=ARRAY(Text))),
    )
)


def of_members(connection: Connection, numbers: Collection[str]) -> Sequence[Any]:
    """The links that join those of the cases that are members to their masters."""
    return _OF_MEMBERS.rows(connection, numbers=list(numbers))


def joined_to(connection: Connection, masters: Collection[str]) -> Sequence[Row[Any]]:
    """The links of the members of these masters."""
    query = select(case_links).where(_JOINED, case_links.c.other.in_(list(masters)))
    return connection.execute(query.order_by(case_links.c.number)).all()


def members_of(master: str) -> Select[tuple[str]]:
    """Numbers of the cases that are joined to this one."""
    return select(case_links.c.number).where(_JOINED, case_links.c.other == master)


def open_members(connection: Connection, case: Row[Any]) -> dict[str, list[str]]:
    """By kind of link the complaints of its estate that stand for the same matter as this one and are not at their end."""
    found: dict[str, list[str]] = {}
    ended = [status.value for status in ENDED]
    for row in _OPEN_MEMBERS.rows(
        connection, number=case.number, estate=case.estate, kinds=list(_ONE_MATTER), ended=ended
    ):
        found.setdefault(row.kind, []).append(row.number)
    return found


_BOTH = union_all(
    *(
        select(
            case_links.c.id,
            case_links.c.kind,
            literal(direction).label("direction"),
            end.label("number"),
            case_links.c.by,
            case_links.c.reason,
            case_links.c.at,
        ).where(_STANDING, mine == bindparam("number"))
        for direction, mine, end in (
            ("to", case_links.c.number, case_links.c.other),
            ("from", case_links.c.other, case_links.c.number),
        )
    )
).subquery()
_OF_CASE: Final = Prepared(
    select(_BOTH, cases.c.status, cases.c.received_at)
    .join(cases, cases.c.number == _BOTH.c.number)
    .where(visible_in(cases))
    .order_by(_BOTH.c.at.desc(), _BOTH.c.number)
    .limit(MOST_SHOWN)
)


def of_case(connection: Connection, number: str, *, scope: str) -> Sequence[Mapping[str, Any]]:
    """The standing links of a case, newest first, in both directions, as far as the other end is in the subtree.

    `direction` is `to` where the case is what the link says of the case `number`, `from` where that one is.
    """
    return _OF_CASE.mappings(connection, number=number, scope=scope)
