"""docs/guarantees.md: each promise is held by a test that exists, and the figures shown are those of a green run."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from tests.faults.page import BEGIN, END, PAGE, latest, table, with_figures

ROOT = Path(__file__).parents[3]
_HELD = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_ROWS = re.compile(r"^\| (?!case|---|promise|where)(.+) \|$", re.MULTILINE)


def run(case: str, size: str, **others: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("accepted", "lost", "duplicated", "unexpected", "kills"), 0)
    return {
        **counts,
        "case": case,
        "mode": "run",
        "size": size,
        "at": "2026-11-22",
        "recovery": None,
        **others,
    }


def test_every_test_named_exists() -> None:
    named = _HELD.findall(PAGE.read_text(encoding="utf-8"))

    assert len(named) > 10
    assert [(file, name) for file, name in named if name not in functions(ROOT / file)] == []


def test_every_promise_names_its_test() -> None:
    promises, figures = PAGE.read_text(encoding="utf-8").split(BEGIN)
    assert figures.strip().endswith(END)
    assert [row for row in _ROWS.findall(promises) if not _HELD.search(row)] == []


def test_the_figures_shown_are_green() -> None:
    figures = PAGE.read_text(encoding="utf-8").split(BEGIN)[1]
    counted = [row.split(" | ")[5:8] for row in _ROWS.findall(figures)]

    assert counted
    assert [counts for counts in counted if counts != ["0", "0", "0"]] == []


def test_a_full_run_is_shown_before_a_later_tenth_and_a_suite_never() -> None:
    runs = [
        run("F10", "tenth"),
        run("F2", "full", kills=1),
        run("F2", "full", kills=2),
        run("F2", "tenth", kills=3),
        run("F3", "suite"),
    ]

    shown = latest(runs)

    assert [(line["case"], line["kills"]) for line in shown] == [("F2", 2), ("F10", 0)]


def test_the_page_around_the_figures_stays_as_it_is() -> None:
    figures = table([run("F1", "full", kills=200, recovery={"median": 0.5, "longest": 1.5})])

    page = with_figures(f"before\n{BEGIN}\nold\n{END}\nafter\n", figures)

    assert page == f"before\n{BEGIN}\n{figures}\n{END}\nafter\n"
    assert "| F1 | embedded | full | 200 | 0 | 0 | 0 | 0 | 0.5, 1.5 | 2026-11-22 |" in figures


def functions(file: Path) -> set[str]:
    """The tests of a file."""
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_what_was_not_run_again_stays_and_a_tenth_replaces_no_full_run() -> None:
    before = with_figures(
        f"{BEGIN}{END}", table([run("F1", "tenth"), run("F2", "full", kills=7), run("crash of all", "tenth")])
    )

    after = table([run("F2", "tenth"), run("F3", "tenth"), run("F1", "full")], before)

    rows = [row.split(" | ")[:4] for row in _ROWS.findall(after)]
    assert [(case, size, kills) for case, _, size, kills in rows] == [
        ("crash of all", "tenth", "0"),
        ("F1", "full", "0"),
        ("F2", "full", "7"),
        ("F3", "tenth", "0"),
    ]
