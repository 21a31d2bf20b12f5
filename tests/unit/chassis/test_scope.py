"""A scope holds its root and what stands below it, asked in Python or in SQL."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Text
from sqlalchemy.dialects import postgresql

from services.chassis.scope import below, lineage, within


@pytest.mark.parametrize(
    ("path", "scope", "seen"),
    [
        ("g/r/e", "", True),
        ("g", "", True),
        ("g/r/e", "g/r/e", True),
        ("g/r/e", "g/r", True),
        ("g/r/east", "g/r/e", False),
        ("g/r", "g/r/e", False),
    ],
)
def test_a_subtree_ends_at_the_slash(path: str, scope: str, seen: bool) -> None:
    assert within(path, scope) is seen


def test_signs_of_a_pattern_stand_for_themselves() -> None:
    condition = below(Column("path", Text), "g_%/e").compile(dialect=postgresql.dialect())

    assert set(condition.params.values()) == {"g_%/e", "g/_/%//e//"}


def test_the_empty_scope_asks_nothing() -> None:
    assert str(below(Column("path", Text), "").compile(dialect=postgresql.dialect())) == "true"


@pytest.mark.parametrize(
    ("path", "above"), [("", [""]), ("g", ["", "g"]), ("g/r/e", ["", "g", "g/r", "g/r/e"])]
)
def test_the_lineage_of_a_place_leads_from_the_root_to_it(path: str, above: list[str]) -> None:
    assert lineage(path) == above
    assert all(within(path, each) for each in above)
