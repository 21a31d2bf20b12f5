"""The bench compares within a round only, and writes nothing but its own part of the page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.bench.report import PAGE, Target, targets, write
from tests.bench.rounds import Results, Row, interleaved


def test_each_round_runs_all_and_begins_with_another() -> None:
    order: list[str] = []

    def run(name: str) -> Row:
        order.append(name)
        return {"rate": 2.0}

    results = interleaved({"a": partial(run, "a"), "b": partial(run, "b")}, repeats=2, limit=60.0)

    assert order == ["a", "b", "b", "a"]
    assert results.median("b", "rate") == 2.0


def test_a_ratio_is_taken_within_a_round_and_to_the_best_of_the_others() -> None:
    results = Results(
        {
            "ours": {0: {"rate": 10.0}, 1: {"rate": 100.0}, 2: {"error": "lost one"}},
            "slow": {0: {"rate": 1.0}, 1: {"rate": 10.0}, 2: {"rate": 1.0}},
            "fast": {0: {"rate": 5.0}, 1: {"rate": 50.0}, 2: {"rate": 5.0}},
        }
    )

    assert results.ratio("ours", ("slow", "fast")) == 2.0
    assert "✗" in targets(results, [Target("ours", ("fast",), 2.1)])
    assert "✓" in targets(results, [Target("ours", ("fast",), 2.0)])


def test_a_round_that_failed_counts_for_nobody() -> None:
    results = Results({"ours": {0: {"rate": 10.0}}, "peer": {0: {"rate": 5.0, "error": "rows are missing"}}})

    assert results.ratio("ours", ("peer",)) is None
    assert results.good("peer") == []


def test_tables_replace_what_stood_between_their_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nafter\n<!-- bench:b -->\n<!-- /bench:b -->\n"
    )

    write("a", r"new \1", page)

    assert page.read_text().startswith("before\n<!-- bench:a -->\n\nnew \\1\n\n<!-- /bench:a -->\nafter")
    with pytest.raises(ValueError, match="no place for c"):
        write("c", "", page)


@pytest.mark.parametrize("name", ["events", "latency", "post", "lifecycles", "profile"])
def test_the_page_has_a_place_for_every_bench(name: str) -> None:
    assert f"<!-- bench:{name} -->" in PAGE.read_text(encoding="utf-8")
