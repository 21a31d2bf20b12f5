"""One page of what a query finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select

from services.chassis.http.paging import Page


def one_page(
    connection: Connection, query: Select[Any], page: Page, *order: ColumnElement[Any]
) -> tuple[Sequence[RowMapping], int]:
    """Return the rows of one page, and how many there are in all.

    `order` ends with a key, so that no row is on two pages. A descending page reverses all of it, as an index can be read.
    """
    total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(*(column.desc() if page.descending else column.asc() for column in order))
    return connection.execute(ordered.limit(page.size).offset(page.offset)).mappings().all(), total
