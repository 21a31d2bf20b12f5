"""The course of a callback task: who may take it, and what an attempt leads to (R131, R133, R135)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    """Where a callback task stands; whether somebody has it in hand is told by its claim."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Attempt(StrEnum):
    """What one call came to."""

    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    DISSATISFIED = "dissatisfied"
    NO_ANSWER = "no_answer"


#: The outcome of a task in which nobody was reached.
UNREACHED = "unreached"


class Obstacle(StrEnum):
    """Why a task cannot be taken or reported on; each is a key of the message catalogue."""

    NOT_OPEN = "callback_not_open"
    NOT_DUE = "callback_not_due"
    HELD = "callback_held"
    NOT_CLAIMED = "callback_not_claimed"


@dataclass(frozen=True)
class Policy:
    """How often a resident is called, the pause between two attempts, and how long a claim holds."""

    max_attempts: int
    pause: timedelta
    claim: timedelta


@dataclass(frozen=True)
class Task:
    """What the decisions need of a task. A claim that has run out is nobody's."""

    status: Status
    attempts: int
    due_at: datetime
    claimed_by: str | None = None
    claimed_until: datetime | None = None


@dataclass(frozen=True)
class Step:
    """What an attempt makes of a task: done with `outcome`, or open and due again at `due_at`."""

    attempts: int
    outcome: str | None
    due_at: datetime


def claim_obstacle(task: Task, caller: str, now: datetime) -> Obstacle | None:
    """What keeps `caller` from taking the task, None if nothing does. The holder may take it again, for longer."""
    if task.status is not Status.OPEN:
        return Obstacle.NOT_OPEN
    if task.due_at > now:
        return Obstacle.NOT_DUE
    held = task.claimed_until is not None and task.claimed_until > now
    return Obstacle.HELD if held and task.claimed_by != caller else None


def report_obstacle(task: Task, caller: str) -> Obstacle | None:
    """What keeps `caller` from reporting an attempt: only who claimed the task last may.

    A claim that ran out while the call lasted does no harm as long as nobody else has taken the task.
    """
    if task.status is not Status.OPEN:
        return Obstacle.NOT_OPEN
    return None if task.claimed_by == caller else Obstacle.NOT_CLAIMED


def after(attempt: Attempt, task: Task, policy: Policy, now: datetime) -> Step:
    """What one more attempt leads to; nobody reached in the last one ends the task as unreached."""
    attempts = task.attempts + 1
    if attempt is not Attempt.NO_ANSWER:
        return Step(attempts, attempt.value, task.due_at)
    if attempts >= policy.max_attempts:
        return Step(attempts, UNREACHED, task.due_at)
    return Step(attempts, None, now + policy.pause)
