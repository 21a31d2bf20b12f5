"""Tables in Markdown, and the place in docs/performance.md where they go."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.rounds import Results

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


@dataclass(frozen=True)
class Target:
    """`name` shall be at least `least` times the best of `to` in the same round; None only shows the ratio."""

    name: str
    to: tuple[str, ...]
    least: float | None


def number(value: float | None, digits: int = 0) -> str:
    """A figure for a table."""
    return "–" if value is None else f"{value:,.{digits}f}"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def targets(results: Results, wanted: Sequence[Target]) -> str:
    """How the ratios within the rounds compare with what they shall be."""
    rows = []
    for target in wanted:
        ratio = results.ratio(target.name, target.to)
        if ratio is None:
            continue
        held = "" if target.least is None else ("✓" if ratio >= target.least else "✗")
        least = "–" if target.least is None else f"≥ {target.least:g}"
        rows.append([target.name, " / ".join(target.to), f"{ratio:.2f}", least, held])
    return table(("ours", "to the best of", "ratio", "target", "held"), rows)


def stamp(arguments: Sequence[str]) -> str:
    """When, how and on what it was measured."""
    busy, cores = os.getloadavg()[0], os.cpu_count()
    command = " ".join(["python -m tests.bench", *arguments])
    return f"{datetime.now(UTC):%Y-%m-%d}, `{command}`, {cores} cores, load {busy:.1f} when it began."


def write(name: str, text: str, page: Path = PAGE) -> None:
    """Replace what stands between the markers of `name`. Raises `ValueError` where the page has none."""
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    old = page.read_text(encoding="utf-8")
    new, found = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}",
        lambda _: f"{begin}\n\n{text}\n\n{end}",
        old,
        flags=re.DOTALL,
    )
    if not found:
        raise ValueError(f"{page} has no place for {name}")
    page.write_text(new, encoding="utf-8")
