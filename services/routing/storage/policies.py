"""Rows of policy documents: each change is a new version, and none is ever changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.scope import below
from services.routing.storage.tables import estates, policies


def lock(connection: Connection) -> None:
    """Let nobody else set a policy until the transaction ends; readers go on.

    So a document is checked against the others as they are, and ids grow in the order of commits.
    """
    connection.execute(text("LOCK TABLE policies IN SHARE ROW EXCLUSIVE MODE"))


def newest(connection: Connection) -> int:
    """The id of the newest version of all, 0 where there is none: it tells whether anything changed."""
    return connection.scalar(select(func.max(policies.c.id))) or 0


def contents(connection: Connection, paths: Collection[str] | None = None) -> dict[str, Mapping[str, Any]]:
    """The document in force at each path that has one; of all paths, or of these alone."""
    query = (
        select(policies.c.path, policies.c.content)
        .ext(distinct_on(policies.c.path))
        .order_by(policies.c.path, policies.c.version.desc())
    )
    if paths is not None:
        query = query.where(policies.c.path.in_(list(paths)))
    return {row.path: row.content for row in connection.execute(query)}


def of_path(connection: Connection, path: str) -> Row[Any] | None:
    """The newest version at a path; None where there was never one."""
    query = select(policies).where(policies.c.path == path).order_by(policies.c.version.desc()).limit(1)
    return connection.execute(query).one_or_none()


def insert(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a new version."""
    connection.execute(policies.insert().values(**values))


def exists(connection: Connection, path: str) -> bool:
    """Whether the path is one of the tenant tree: that of an estate, or of what stands above one."""
    query = select(estates.c.code).where(below(estates.c.path, path)).limit(1)
    return connection.scalar(query) is not None


def page(
    connection: Connection, *, scope: str, page: Page, path: str | None = None
) -> tuple[Sequence[RowMapping], int]:
    """One page of the versions of a subtree, or of one path of it, and how many there are in all."""
    query = select(policies).where(below(policies.c.path, scope))
    if path is not None:
        query = query.where(policies.c.path == path)
    return one_page(connection, query, page, policies.c[page.sort], policies.c.id)
