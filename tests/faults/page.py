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


def table(lines: Iterable[Mapping[str, Any]], page: str = "") -> str:
    """These runs as a table in Markdown, with those of `page` that were not made again; a tenth replaces no full run."""
    shown = page.partition(BEGIN)[2].partition(END)[0].strip().removeprefix(_HEADING)
    rows = {_key(row): row for row in shown.split("\n") if row}
    for line in lines:
        row = _row(line)
        if not (line["size"] == TENTH and f" | {FULL} | " in rows.get(_key(row), "")):
            rows[_key(row)] = row
    return "\n".join(
        [_HEADING, *(row for _, row in sorted(rows.items(), key=lambda item: (_number(item[0][0]), item[0])))]
    )


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


def _key(row: str) -> tuple[str, str]:
    case, where = row.split(" | ")[:2]
    return case.removeprefix("| "), where


def _number(case: str) -> int:
    digits = "".join(letter for letter in case.split()[0] if letter.isdigit())
    return int(digits or 0)


if __name__ == "__main__":
    runs = [orjson.loads(line) for line in FILE.read_bytes().splitlines()]
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_figures(page, table(latest(runs), page)), encoding="utf-8")
