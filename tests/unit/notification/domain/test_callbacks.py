"""The course of a callback task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notification.domain.callbacks import (
    Attempt,
    Obstacle,
    Policy,
    Status,
    Step,
    Task,
    after,
    claim_obstacle,
    report_obstacle,
)

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = Policy(max_attempts=3, pause=timedelta(hours=2), claim=timedelta(minutes=15))


def test_a_due_task_that_nobody_holds_can_be_taken() -> None:
    assert claim_obstacle(Task(Status.OPEN, 0, NOW), "li", NOW) is None


@pytest.mark.parametrize(
    ("task", "obstacle"),
    [
        (Task(Status.COMPLETED, 1, NOW), Obstacle.NOT_OPEN),
        (Task(Status.CANCELLED, 0, NOW), Obstacle.NOT_OPEN),
        (Task(Status.OPEN, 1, NOW + MINUTE), Obstacle.NOT_DUE),
        (Task(Status.OPEN, 0, NOW, "zhao", NOW + MINUTE), Obstacle.HELD),
        (Task(Status.OPEN, 0, NOW, "zhao", NOW), None),
        (Task(Status.OPEN, 0, NOW, "li", NOW + MINUTE), None),
    ],
)
def test_what_keeps_a_person_from_taking_a_task(task: Task, obstacle: Obstacle | None) -> None:
    assert claim_obstacle(task, "li", NOW) is obstacle


@pytest.mark.parametrize(
    ("task", "obstacle"),
    [
        (Task(Status.OPEN, 0, NOW, "li", NOW + MINUTE), None),
        (Task(Status.OPEN, 0, NOW, "li", NOW - MINUTE), None),
        (Task(Status.OPEN, 0, NOW, "zhao", NOW + MINUTE), Obstacle.NOT_CLAIMED),
        (Task(Status.OPEN, 0, NOW), Obstacle.NOT_CLAIMED),
        (Task(Status.COMPLETED, 1, NOW, "li", NOW), Obstacle.NOT_OPEN),
    ],
)
def test_only_who_claimed_a_task_last_reports_on_it(task: Task, obstacle: Obstacle | None) -> None:
    assert report_obstacle(task, "li") is obstacle


@pytest.mark.parametrize("attempt", [Attempt.SATISFIED, Attempt.BASICALLY_SATISFIED, Attempt.DISSATISFIED])
def test_the_residents_word_ends_the_task(attempt: Attempt) -> None:
    step = after(attempt, Task(Status.OPEN, 1, NOW), POLICY, NOW)

    assert step == Step(attempts=2, outcome=attempt.value, due_at=NOW)


def test_nobody_reached_means_another_attempt_after_a_pause() -> None:
    step = after(Attempt.NO_ANSWER, Task(Status.OPEN, 1, NOW), POLICY, NOW)

    assert step == Step(attempts=2, outcome=None, due_at=NOW + POLICY.pause)


def test_nobody_reached_in_the_last_attempt_ends_the_task_as_unreached() -> None:
    step = after(Attempt.NO_ANSWER, Task(Status.OPEN, 2, NOW), POLICY, NOW)

    assert step.attempts == 3
    assert step.outcome == "unreached"
