"""Writes what the last runs of the cases came to into docs/guarantees.md: `python -m tests.faults.page`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from tests.faults.figures import FILE
from tests.faults.sizes import FULL, TENTH

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
_MODES = {"run": "embedded", "up": "one machine"}
_HEADING = """\
| case | where | size | kills | accepted | lost | duplicated | unexpected | recovery: median, longest | day |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |"""


def latest(lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last full run of each case in each mode, else the last of a tenth; in the order of the cases."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for wanted in (TENTH, FULL):
        found |= {(line["case"], line["mode"]): line for line in lines if line["size"] == wanted}
    return sorted(found.values(), key=lambda line: (_number(line["case"]), line["case"], line["mode"]))


def table(lines: Iterable[Mapping[str, Any]]) -> str:
    """These runs as a table in Markdown."""
    return "\n".join([_HEADING, *(_row(line) for line in lines)])


def with_figures(page: str, figures: str) -> str:
    """The page with other figures between its markers."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{figures}\n{END}{after}"


def _row(line: Mapping[str, Any]) -> str:
    spread = line["recovery"]
    cells = (
        line["case"],
        _MODES.get(line["mode"], line["mode"]),
        line["size"],
        f"{line['kills']:,}",
        f"{line['accepted']:,}",
        str(line["lost"]),
        str(line["duplicated"]),
        str(line["unexpected"]),
        f"{spread['median']}, {spread['longest']}" if spread else "",
        line["at"][:10],
    )
    return f"| {' | '.join(cells)} |"


def _number(case: str) -> int:
    digits = "".join(letter for letter in case.split()[0] if letter.isdigit())
    return int(digits or 0)


if __name__ == "__main__":
    runs = [orjson.loads(line) for line in FILE.read_bytes().splitlines()]
    figures = table(latest(runs))
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), figures), encoding="utf-8")
