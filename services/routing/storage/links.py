"""Rows of links between cases. Whoever changes some holds them all first: no two changes close a circle together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, RowMapping, Select, literal, select, text, union_all

from services.chassis.sql import insert_rows
from services.contracts.vocabulary import LinkKind
from services.routing.domain.cases import ENDED
from services.routing.storage.scope import estates_below
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


def of_members(connection: Connection, numbers: Collection[str]) -> Sequence[Row[Any]]:
    """The links that join those of the cases that are members to their masters."""
    query = select(case_links).where(_JOINED, case_links.c.number.in_(list(numbers)))
    return connection.execute(query).all()


def joined_to(connection: Connection, masters: Collection[str]) -> Sequence[Row[Any]]:
    """The links of the members of these masters."""
    query = select(case_links).where(_JOINED, case_links.c.other.in_(list(masters)))
    return connection.execute(query.order_by(case_links.c.number)).all()


def members_of(master: str) -> Select[tuple[str]]:
    """Numbers of the cases that are joined to this one."""
    return select(case_links.c.number).where(_JOINED, case_links.c.other == master)


def open_members(connection: Connection, case: Row[Any]) -> dict[str, list[str]]:
    """By kind of link the complaints of its estate that stand for the same matter as this one and are not at their end."""
    query = (
        select(case_links.c.kind, case_links.c.number)
        .join(cases, cases.c.number == case_links.c.number)
        .where(
            _STANDING,
            case_links.c.other == case.number,
            case_links.c.kind.in_(_ONE_MATTER),
            cases.c.estate == case.estate,
            cases.c.status.not_in([status.value for status in ENDED]),
        )
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.kind, []).append(row.number)
    return found


def of_case(connection: Connection, number: str, *, scope: str) -> Sequence[RowMapping]:
    """The standing links of a case, newest first, in both directions, as far as the other end is in the subtree.

    `direction` is `to` where the case is what the link says of the case `number`, `from` where that one is.
    """
    ways = [
        select(
            case_links.c.id,
            case_links.c.kind,
            literal(direction).label("direction"),
            end.label("number"),
            case_links.c.by,
            case_links.c.reason,
            case_links.c.at,
        ).where(_STANDING, mine == number)
        for direction, mine, end in (
            ("to", case_links.c.number, case_links.c.other),
            ("from", case_links.c.other, case_links.c.number),
        )
    ]
    both = union_all(*ways).subquery()
    query = (
        select(both, cases.c.status, cases.c.received_at)
        .join(cases, cases.c.number == both.c.number)
        .where(cases.c.estate.in_(estates_below(scope)))
        .order_by(both.c.at.desc(), both.c.number)
        .limit(MOST_SHOWN)
    )
    return connection.execute(query).mappings().all()
