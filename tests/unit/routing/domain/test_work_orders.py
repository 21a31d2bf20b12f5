"""The work order's state machine, as a table and as walks of any steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.work_orders import (
    FINAL,
    Actor,
    Position,
    Refusal,
    Status,
    Step,
    after,
    allowed,
    refusal,
)

S, P = Step, Position


@pytest.mark.parametrize(
    ("position", "steps"),
    [
        (P(Status.OPEN), {S.TRANSFER}),
        (P(Status.ASSIGNED), {S.ACCEPT, S.TRANSFER}),
        (P(Status.ACCEPTED), {S.ANSWER, S.ARRIVE, S.PROGRESS, S.RESOLVE, S.TRANSFER}),
        (P(Status.ACCEPTED, answered=True), {S.ARRIVE, S.PROGRESS, S.RESOLVE, S.TRANSFER}),
        (P(Status.IN_PROGRESS, answered=True, arrived=True), {S.PROGRESS, S.RESOLVE, S.TRANSFER}),
        (P(Status.IN_PROGRESS, arrived=True), {S.ANSWER, S.PROGRESS, S.RESOLVE, S.TRANSFER}),
        (P(Status.RESOLVED), {S.ANSWER, S.TRANSFER}),
        (P(Status.RESOLVED, answered=True), {S.SIGN_OFF, S.TRANSFER}),
        (P(Status.SIGNED_OFF, answered=True), set()),
        (P(Status.CANCELLED), set()),
    ],
)
def test_what_is_allowed_where(position: Position, steps: set[Step]) -> None:
    assert allowed(position) == steps


@pytest.mark.parametrize(
    ("position", "step", "status"),
    [
        (P(Status.ASSIGNED), S.ACCEPT, Status.ACCEPTED),
        (P(Status.ACCEPTED), S.ANSWER, Status.ACCEPTED),
        (P(Status.ACCEPTED), S.ARRIVE, Status.IN_PROGRESS),
        (P(Status.IN_PROGRESS), S.PROGRESS, Status.IN_PROGRESS),
        (P(Status.IN_PROGRESS), S.RESOLVE, Status.RESOLVED),
        (P(Status.RESOLVED), S.ANSWER, Status.RESOLVED),
        (P(Status.RESOLVED, answered=True), S.SIGN_OFF, Status.SIGNED_OFF),
        (P(Status.RESOLVED, answered=True), S.TRANSFER, Status.ASSIGNED),
        (P(Status.OPEN), S.TRANSFER, Status.ASSIGNED),
    ],
)
def test_where_a_step_leads(position: Position, step: Step, status: Status) -> None:
    assert after(position, step).status is status


@given(st.lists(st.sampled_from(Step), max_size=30))
def test_any_walk_signs_off_only_what_was_accepted_answered_and_resolved(steps: list[Step]) -> None:
    position, taken = Position(Status.ASSIGNED), []
    for step in steps:
        if step not in allowed(position):
            with pytest.raises(ValueError, match="not allowed"):
                after(position, step)
            continue
        position = after(position, step)
        taken.append(step)

    assert taken.count(Step.ANSWER) <= 1
    if position.status is Status.SIGNED_OFF:
        assert {Step.ACCEPT, Step.ANSWER, Step.RESOLVE} <= set(taken)
        assert taken[-1] is Step.SIGN_OFF
    assert bool(allowed(position)) == (position.status not in FINAL)


@pytest.mark.parametrize(
    ("step", "actor", "expected"),
    [
        (S.ACCEPT, Actor(leads=False, assigned=True), None),
        (S.ACCEPT, Actor(leads=True, assigned=False), None),
        (S.ACCEPT, Actor(leads=False, assigned=False), Refusal.NOT_YOURS),
        (S.SIGN_OFF, Actor(leads=False, assigned=True), Refusal.LEADERS_ONLY),
        (S.SIGN_OFF, Actor(leads=True, assigned=True), Refusal.OWN_WORK),
        (S.SIGN_OFF, Actor(leads=True, assigned=False, resolved=True), Refusal.OWN_WORK),
        (S.SIGN_OFF, Actor(leads=True, assigned=False), None),
        (S.TRANSFER, Actor(leads=False, assigned=True), None),
    ],
)
def test_who_may_take_a_step(step: Step, actor: Actor, expected: Refusal | None) -> None:
    assert refusal(step, actor) is expected
