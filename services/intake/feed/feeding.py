"""A feed: rows go out on a few threads, and what became of them is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from services.intake.feed.client import FeedClient, Outcome
from services.intake.feed.journal import Journal
from services.intake.feed.rows import FeedRow

#: Rows that go out before the journal is written.
_CHUNK = 64

#: Lines named for each reason.
_MOST_LINES = 5


@dataclass
class Tally:
    """What became of the rows; `reasons` counts refusals, `lines` names the first lines of each reason."""

    sent: int = 0
    already_there: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def count(self, row: FeedRow, outcome: Outcome) -> None:
        """Count one row."""
        if outcome.number is None:
            self.reasons[outcome.reason] += 1
            named = self.lines.setdefault(outcome.reason, [])
            if len(named) < _MOST_LINES:
                named.append(row.line)
        elif outcome.again:
            self.already_there += 1
        else:
            self.sent += 1


@dataclass(frozen=True)
class Feed:
    """How rows become complaints: which file, which channel, which estates in turn, through which client."""

    file: Path
    channel: str
    estates: Sequence[str]
    client: FeedClient
    journal: Journal
    threads: int

    def run(self, rows: Iterable[FeedRow], tally: Tally) -> Iterator[int]:
        """Send what is not in the journal yet, and yield how many rows were dealt with after each step.

        Raises `Unreachable`; what was accepted until then is in the journal.
        """
        done = self.journal.numbers()
        source = iter(rows)
        with ThreadPoolExecutor(self.threads) as pool:
            while chunk := list(islice(source, _CHUNK)):
                fresh = [row for row in chunk if row.id not in done]
                tally.already_there += len(chunk) - len(fresh)
                accepted: list[tuple[str, str]] = []
                try:
                    for row, outcome in zip(fresh, pool.map(self._send, fresh), strict=True):
                        tally.count(row, outcome)
                        if outcome.number is not None:
                            accepted.append((row.id, outcome.number))
                finally:
                    self.journal.add(accepted)
                yield len(chunk)

    def _send(self, row: FeedRow) -> Outcome:
        if row.text is None:
            return Outcome(None, reason="not a JSON object | 不是 JSON 对象")
        estate = self.estates[row.line % len(self.estates)]
        complaint = {"estate": estate, "channel": self.channel, "text": row.text}
        return self.client.complain(complaint, row.key(self.file))
