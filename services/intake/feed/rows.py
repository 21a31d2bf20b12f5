"""Texts out of a file of JSON lines, plain or gzipped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.intake.files import open_binary


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One line: `id` names it within its file; `text` is None where the line could not be read."""

    line: int
    id: str
    text: str | None

    def key(self, file: Path) -> str:
        """Return the idempotency key of this row, the same at every run."""
        return "feed-" + hashlib.sha256(f"{file.name}\n{self.id}".encode()).hexdigest()[:48]


def count_lines(file: Path) -> int:
    """Return how many lines a file has."""
    with open_binary(file) as (lines, _):
        return sum(1 for _ in lines)


def read_rows(file: Path) -> Iterator[FeedRow]:
    """Read rows of objects with `id`, `title` and `body`; a row without an id is named by its line."""
    with open_binary(file) as (lines, _):
        for number, line in enumerate(lines, 1):
            yield _row(number, line)


def _row(number: int, line: bytes) -> FeedRow:
    try:
        row = json.loads(line)
    except ValueError:
        return FeedRow(number, f"line {number}", None)
    if not isinstance(row, dict):
        return FeedRow(number, f"line {number}", None)
    parts = [part.strip() for name in ("title", "body") if isinstance(part := row.get(name), str)]
    return FeedRow(number, str(row.get("id", f"line {number}")), "\n".join(filter(None, parts)))
