"""Clocks of a case as records: what they measure, how long they may run, and how they stand (DESIGN §2.10). Pure."""

from __future__ import annotations

from enum import StrEnum


class ClockName(StrEnum):
    """What a clock measures.

    `record` runs from receipt to the register (R37, R38), `dispatch` from the register to the first responsible
    person (R85), `answer` from receipt to the answer to the complainant (R105), `arrive` from a person's assignment to
    his arrival (R106), `follow_up` from one sign of life to the next (R101, R119), `solve` from receipt to the result,
    `return_visit` from the result to the return visit (R133).
    """

    RECORD = "record"
    DISPATCH = "dispatch"
    ANSWER = "answer"
    ARRIVE = "arrive"
    FOLLOW_UP = "follow_up"
    SOLVE = "solve"
    RETURN_VISIT = "return_visit"


class Verdict(StrEnum):
    """How a clock stands: a breached one may still be running."""

    RUNNING = "running"
    KEPT = "kept"
    BREACHED = "breached"
