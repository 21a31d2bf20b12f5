"""What a caller sees: the subtree of the tenant tree whose root is his `scope` (DESIGN §5).

A path holds the codes from the group down, `a/b/c`; the empty scope is the whole tree.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, true


def within(path: str, scope: str) -> bool:
    """Say whether a path lies in the subtree of `scope`, its root included."""
    return not scope or path == scope or path.startswith(f"{scope}/")


def lineage(path: str) -> list[str]:
    """Return the path of a place and of everything above it, from the root down, the root included."""
    parts = path.split("/")
    return ["", *("/".join(parts[: depth + 1]) for depth in range(len(parts)) if path)]


def below(path: ColumnElement[str], scope: str) -> ColumnElement[bool]:
    """Return the same as a condition on a column, which an index with `text_pattern_ops` serves."""
    if not scope:
        return true()
    return or_(path == scope, path.startswith(f"{scope}/", autoescape=True))
