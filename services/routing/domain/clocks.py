"""Clocks of a case: what they measure, how long they may run, and the verdict (DESIGN §2.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class ClockName(StrEnum):
    """What a clock measures.

    `record` runs from receipt to the register (R37, R38), `dispatch` from the register to the first responsible
    person (R85), `answer` from receipt to the first answer to the complainant (R105).
    """

    RECORD = "record"
    DISPATCH = "dispatch"
    ANSWER = "answer"


class Verdict(StrEnum):
    """How a clock stands: a breached one may still be running."""

    RUNNING = "running"
    KEPT = "kept"
    BREACHED = "breached"


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


def verdict(started_at: datetime, target: timedelta, stopped_at: datetime | None, now: datetime) -> Verdict:
    """How a clock stands at `now`. The target itself is still in time.

    A clock that stopped is judged by when it stopped, whenever that is looked at.
    """
    due_at = started_at + target
    if stopped_at is not None and stopped_at <= now:
        return Verdict.KEPT if stopped_at <= due_at else Verdict.BREACHED
    return Verdict.RUNNING if now <= due_at else Verdict.BREACHED
