"""What a caller sees: the subtree of the tenant tree below his path."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true

from services.routing.storage.tables import estates


def below(path: ColumnElement[Any], scope: str) -> ColumnElement[bool]:
    """Whether `path` lies in the subtree of `scope`; the empty scope is the whole tree."""
    if not scope:
        return true()
    return or_(path == scope, path.startswith(f"{scope}/", autoescape=True))


def estates_below(scope: str) -> Select[tuple[str]]:
    """Codes of the estates in the subtree of `scope`."""
    return select(estates.c.code).where(below(estates.c.path, scope))
