"""How long each clock may run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

#: Channels whose complaints come in writing and wait in a box until somebody opens it (R38).
LETTERS: Final = frozenset({"letter", "suggestion_box"})


@dataclass(frozen=True, slots=True)
class Targets:
    """How long each clock may run; the defaults are the rules' figures."""

    record: timedelta = timedelta(minutes=3)
    record_letter: timedelta = timedelta(hours=24)
    dispatch: timedelta = timedelta(minutes=10)
    answer: timedelta = timedelta(hours=24)

    def for_record(self, channel: str) -> timedelta:
        """The target of the record clock for a complaint that came by `channel`."""
        return self.record_letter if channel in LETTERS else self.record
