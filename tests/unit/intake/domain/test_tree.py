"""The tenant tree grows from rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.tree import DEEPEST, Node, NodeRow, TreeRefused, grow


def row(line: int, code: str, kind: str, parent: str | None, zone: str | None = None) -> NodeRow:
    return NodeRow(line, code, kind, code.lower(), parent, zone)


GROUP = row(2, "G", "group", None)


def grown(rows: list[NodeRow], known: dict[str, Node] | None = None) -> dict[str, Node]:
    return grow(known or {}, rows, mine=lambda path: True, default_zone="Asia/Shanghai")


def problems(rows: list[NodeRow]) -> set[tuple[int, str]]:
    with pytest.raises(TreeRefused) as refused:
        grown(rows)
    return {(problem.line, problem.code) for problem in refused.value.problems}


def test_a_child_may_stand_before_its_parent() -> None:
    nodes = grown([row(2, "E", "estate", "R"), row(3, "R", "region", "G"), row(4, "G", "group", None)])

    assert nodes["E"].path == "G/R/E"


def test_a_zone_is_handed_down() -> None:
    nodes = grown([GROUP, row(3, "R", "region", "G", "Asia/Urumqi"), row(4, "E", "estate", "R")])

    assert (nodes["G"].zone, nodes["E"].zone) == ("Asia/Shanghai", "Asia/Urumqi")


def test_what_is_as_before_is_not_returned() -> None:
    rows = [GROUP, row(3, "R", "region", "G"), row(4, "E", "estate", "R")]
    known = grown(rows)

    assert grown(rows, known) == {}
    assert set(grown([row(2, "E", "estate", "G")], known)) == {"E"}


def test_a_long_cycle_and_a_deep_tree_are_refused() -> None:
    cycle = [row(n, f"R{n}", "region", f"R{(n + 1) % 10}") for n in range(10)]
    chain = [GROUP, *(row(n, f"R{n}", "region", f"R{n - 1}" if n else "G") for n in range(500))]

    assert {code for _, code in problems(cycle)} == {"tree_has_cycle"}
    assert (DEEPEST, "tree_too_deep") in problems(chain)


@given(st.permutations([GROUP, *(row(n, f"R{n}", "region", f"R{n - 1}" if n else "G") for n in range(8))]))
def test_the_order_of_rows_does_not_matter(rows: list[NodeRow]) -> None:
    assert grown(rows)["R7"].path == "G/R0/R1/R2/R3/R4/R5/R6/R7"
