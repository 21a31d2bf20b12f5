"""The rules of the trade: what the code cites and what docs/rules.md promises are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
RULES = ROOT / "docs" / "rules.md"
#: R37, or a range such as R73-R78; not a code in quotation marks or a path.
CITED = re.compile(r'(?<![\w"/])R(\d+)(?:[-–]R(\d+))?\b')
ROW = re.compile(r"^\| R(\d+) \| .+ \| `(.+)` \| `(.+)` \|$", re.MULTILINE)


def rows() -> list[tuple[int, str, str]]:
    """Number, source and test of each row."""
    return [(int(number), source, test) for number, source, test in ROW.findall(RULES.read_text("utf-8"))]


def citations() -> Iterator[tuple[int, Path]]:
    """Each rule that a source or a test names, and where."""
    for folder in ("services", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".yaml"} and path != Path(__file__):
                for first, last in CITED.findall(path.read_text("utf-8")):
                    yield from ((number, path) for number in range(int(first), int(last or first) + 1))


def test_every_rule_cited_is_in_the_table() -> None:
    known = {number for number, _, _ in rows()}
    assert {f"R{number}: {path}" for number, path in citations() if number not in known} == set()


def test_every_rule_in_the_table_is_cited() -> None:
    cited = {number for number, _ in citations()}
    assert {number for number, _, _ in rows()} - cited == set()


def test_no_rule_stands_twice() -> None:
    numbers = [number for number, _, _ in rows()]
    assert numbers == sorted(set(numbers))


def test_what_the_table_points_to_exists() -> None:
    places = {place for _, source, test in rows() for place in (source, test)}
    assert {place for place in places if not (ROOT / place).exists()} == set()
