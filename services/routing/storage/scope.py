"""What a caller sees: the subtree of the tenant tree below his path."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, Table, select, text

from services.chassis.scope import below
from services.routing.storage.tables import estates

#: The same for `direct` statements over a table with a column `estate`, as a condition on the single rows they find.
VISIBLE = """EXISTS (
    SELECT FROM estates WHERE estates.code = {table}.estate AND (
        CAST(%(scope)s AS text) = '' OR estates.path = %(scope)s OR starts_with(estates.path, %(scope)s || '/')
    )
)"""


def visible_in(table: Table) -> ColumnElement[bool]:
    """`VISIBLE` for prepared statements: the parameter is `scope`."""
    return text(VISIBLE.format(table=table.name).replace("%(scope)s", ":scope"))  # type: ignore[return-value]


def estates_below(scope: str) -> Select[tuple[str]]:
    """Codes of the estates in the subtree of `scope`."""
    return select(estates.c.code).where(below(estates.c.path, scope))
