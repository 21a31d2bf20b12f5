"""What a caller sees: the subtree of the tenant tree below his path."""

from __future__ import annotations

from sqlalchemy import Select, select

from services.chassis.scope import below
from services.routing.storage.tables import estates


def estates_below(scope: str) -> Select[tuple[str]]:
    """Codes of the estates in the subtree of `scope`."""
    return select(estates.c.code).where(below(estates.c.path, scope))
