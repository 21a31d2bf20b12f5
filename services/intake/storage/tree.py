"""Queries on the tenant tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.scope import below
from services.chassis.sql import recordset
from services.intake.domain.tree import Node
from services.intake.storage.tables import households, nodes

_NODE = (nodes.c.code, nodes.c.kind, nodes.c.name, nodes.c.parent, nodes.c.zone, nodes.c.path)
_ESTATE = (nodes.c.code, nodes.c.name, nodes.c.path, nodes.c.zone)


@dataclass(frozen=True, slots=True)
class Estate:
    """Where complaints come from. `zone` is an IANA name."""

    code: str
    name: str
    path: str
    zone: str


@dataclass(frozen=True, slots=True)
class EstateState:
    """All that `estate.changed` tells of an estate, and the digest of what it told last.

    `ancestors` are (code, kind, name) from the root down.
    """

    estate: Estate
    ancestors: tuple[tuple[str, str, str], ...]
    households_total: int
    households_occupied: int
    announced: str | None


def lock_tree(connection: Connection) -> None:
    """Let one transaction at a time change the tree; readers go on."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("intake.tree"))))


def known_nodes(connection: Connection, scope: str, codes: Iterable[str]) -> dict[str, Node]:
    """The subtree of `scope`, the nodes that lead to it, and those of `codes`, by code."""
    wanted = [*scope.split("/"), *codes]
    rows = connection.execute(
        select(*_NODE).where(or_(below(nodes.c.path, scope), nodes.c.code == func.any(wanted)))
    )
    return {row.code: Node(*row) for row in rows}


def nodes_with(connection: Connection, codes: Sequence[str]) -> set[str]:
    """Those of the codes that nodes have."""
    return set(connection.scalars(select(nodes.c.code).where(nodes.c.code == func.any(list(codes)))))


def save_nodes(connection: Connection, changed: Sequence[Node]) -> None:
    """Write nodes, new or known."""
    if not changed:
        return
    rows = recordset("r", _NODE, [asdict(node) for node in changed])
    statement = insert(nodes).from_select([c.name for c in _NODE], rows.select())
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[nodes.c.code],
            set_={c.name: statement.excluded[c.name] for c in _NODE if c.name != "code"},
        )
    )


def find_estate(connection: Connection, code: str) -> Estate | None:
    """The estate of a code, whoever's it is."""
    row = connection.execute(
        select(*_ESTATE).where(nodes.c.code == code, nodes.c.kind == "estate")
    ).one_or_none()
    return None if row is None else Estate(*row)


def estates_in_scope(connection: Connection, scope: str, codes: Iterable[str]) -> dict[str, Estate]:
    """Those of the estates `codes` that lie in the subtree of `scope`, by code."""
    rows = connection.execute(
        select(*_ESTATE).where(
            nodes.c.code == func.any(sorted(set(codes))),
            nodes.c.kind == "estate",
            below(nodes.c.path, scope),
        )
    )
    return {row.code: Estate(*row) for row in rows}


def search_estates(connection: Connection, q: str | None, page: Page) -> tuple[list[Estate], int]:
    """One page of all estates whose code or name contains `q`, and how many there are."""
    found = nodes.c.kind == "estate"
    if q:
        found &= or_(nodes.c.name.icontains(q, autoescape=True), nodes.c.code.icontains(q, autoescape=True))
    rows, total = one_page(connection, select(*_ESTATE).where(found), page, nodes.c[page.sort], nodes.c.code)
    return [Estate(*row.values()) for row in rows], total


def estate_states(connection: Connection, codes: Iterable[str]) -> list[EstateState]:
    """What is to be told of these estates."""
    estates = connection.execute(
        select(*_ESTATE, nodes.c.announced)
        .where(nodes.c.code == func.any(sorted(codes)), nodes.c.kind == "estate")
        .order_by(nodes.c.code)
    ).all()
    names = _names(connection, {code for row in estates for code in row.path.split("/")})
    counts = _household_counts(connection, [row.code for row in estates])
    return [
        EstateState(
            Estate(row.code, row.name, row.path, row.zone),
            tuple((code, *names[code]) for code in row.path.split("/")[:-1]),
            *counts.get(row.code, (0, 0)),
            announced=row.announced,
        )
        for row in estates
    ]


def mark_announced(connection: Connection, digests: Mapping[str, str]) -> None:
    """Remember what was last told of estates, by code."""
    if not digests:
        return
    told = recordset(
        "told",
        (nodes.c.code, nodes.c.announced),
        [{"code": code, "announced": digest} for code, digest in digests.items()],
    )
    connection.execute(nodes.update().where(nodes.c.code == told.c.code).values(announced=told.c.announced))


def _names(connection: Connection, codes: set[str]) -> dict[str, tuple[str, str]]:
    rows = connection.execute(
        select(nodes.c.code, nodes.c.kind, nodes.c.name).where(nodes.c.code == func.any(sorted(codes)))
    )
    return {row.code: (row.kind, row.name) for row in rows}


def _household_counts(connection: Connection, estates: Sequence[str]) -> dict[str, tuple[int, int]]:
    rows = connection.execute(
        select(
            households.c.estate,
            func.count().label("total"),
            func.count().filter(households.c.occupied).label("occupied"),
        )
        .where(households.c.estate == func.any(list(estates)), ~households.c.provisional)
        .group_by(households.c.estate)
    )
    return {row.estate: (row.total, row.occupied) for row in rows}
