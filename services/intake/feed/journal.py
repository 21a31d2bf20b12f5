"""What was accepted already, kept in a file so that a feed goes on where it was interrupted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

#: Journals of all feeds, below the folder of everything else that runs here.
FOLDER = Path(".linli/feed")


class Journal:
    """One line for each accepted row; a line torn by a crash is passed over, and its row sent again with its key."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def numbers(self) -> dict[str, str]:
        """Return the complaint numbers of the rows accepted so far, by row id."""
        if not self.path.exists():
            return {}
        numbers: dict[str, str] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            numbers[entry["id"]] = entry["number"]
        return numbers

    def add(self, accepted: Sequence[tuple[str, str]]) -> None:
        """Note these (row id, complaint number)."""
        if not accepted:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # A newline first: the line before may have been torn.
        lines = [f"\n{json.dumps({'id': id_, 'number': number})}" for id_, number in accepted]
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(lines))


def journal_of(file: Path, url: str) -> Journal:
    """Return the journal of a file that is fed to an installation."""
    where = hashlib.sha256(f"{url}\n{file.resolve()}".encode()).hexdigest()[:12]
    return Journal(FOLDER / f"{file.name}-{where}.jsonl")
