"""Endings of a case: what opinions do at each standing, and that order does not matter."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.contracts.states import Status as ContractStatus
from services.contracts.vocabulary import Role, values
from services.routing.domain.cases import (
    Effect,
    Standing,
    Status,
    effect_of_opinion,
    goes_upwards,
    may_reopen,
)
from services.routing.domain.staff import ROLES, Leader, may_appoint, nearest


@pytest.mark.parametrize(
    ("standing", "opinion", "round_", "effect"),
    [
        (Standing(Status.RESOLVED), "satisfied", None, Effect.CLOSE),
        (Standing(Status.RESOLVED), "basically_satisfied", 1, Effect.CLOSE),
        (Standing(Status.RESOLVED), "unreached", 1, Effect.CLOSE),
        (Standing(Status.RESOLVED), "dissatisfied", 1, Effect.REOPEN),
        (Standing(Status.RESOLVED, round=2), "dissatisfied", 1, Effect.NONE),
        (Standing(Status.RESOLVED, round=2), "satisfied", 1, Effect.NONE),
        (Standing(Status.CLOSED, "satisfied"), "dissatisfied", None, Effect.REOPEN),
        (Standing(Status.CLOSED, "unreached"), "dissatisfied", None, Effect.REOPEN),
        (Standing(Status.CLOSED, "by_staff"), "dissatisfied", None, Effect.NONE),
        (Standing(Status.WITHDRAWN, "withdrawn"), "dissatisfied", None, Effect.NONE),
        (Standing(Status.INVALID, "invalid"), "dissatisfied", None, Effect.NONE),
        (Standing(Status.INVALID, "invalid"), "satisfied", None, Effect.NONE),
        (Standing(Status.IN_PROGRESS), "satisfied", None, Effect.NONE),
        (Standing(Status.IN_PROGRESS), "dissatisfied", None, Effect.NONE),
        (Standing(Status.CLOSED, "satisfied"), "satisfied", None, Effect.NONE),
    ],
)
def test_what_an_opinion_does(standing: Standing, opinion: str, round_: int | None, effect: Effect) -> None:
    assert effect_of_opinion(standing, opinion, round=round_) is effect


def applied(standing: Standing, opinion: str) -> Standing:
    effect = effect_of_opinion(standing, opinion, round=1)
    if effect is Effect.CLOSE:
        return Standing(Status.CLOSED, opinion, standing.round)
    if effect is Effect.REOPEN:
        return Standing(Status.REOPENED, None, standing.round + 1)
    return standing


@pytest.mark.parametrize("content", ["satisfied", "unreached"])
def test_opinions_on_one_round_end_the_same_in_any_order(content: str) -> None:
    ends = set()
    for order in permutations(["dissatisfied", content, "basically_satisfied"]):
        standing = Standing(Status.RESOLVED)
        for opinion in order:
            standing = applied(standing, opinion)
        ends.add(standing)

    assert ends == {Standing(Status.REOPENED, None, 2)}


def test_staff_reopen_what_is_not_withdrawn() -> None:
    reopenable = {status for status in Status if may_reopen(Standing(status))}

    assert reopenable == {Status.RESOLVED, Status.CLOSED, Status.INVALID}


def test_what_was_done_again_as_often_as_is_allowed_goes_upwards() -> None:
    """R123: handled, done again twice, and then upwards."""
    assert [goes_upwards(round, 2) for round in (1, 2, 3, 4)] == [False, False, True, True]
    assert goes_upwards(1, 0)


def test_upwards_is_whoever_is_nearest_above() -> None:
    def leader(id: str, path: str, role: str = "director", department: str | None = None) -> Leader:
        return Leader(id, role, path, department)

    above = [leader("b", "g/east"), leader("a", "g"), leader("c", "g/east/e10"), leader("d", "g/east")]

    assert nearest(above, "director", "g/east/e1", "engineering") == "b"
    assert nearest(above, "director", "g/west/e2", "engineering") == "a"
    assert nearest(above, "director", "h/e3", "engineering") is None
    assert nearest(above, "head", "g/east/e1", "engineering") is None
    heads = [leader("x", "g/east/e1", "head", "cleaning"), leader("y", "g/east", "head", "engineering")]
    assert nearest(heads, "head", "g/east/e1", "engineering") == "y"


def test_the_words_are_those_of_the_contract() -> None:
    assert {status.value for status in Status} == {status.value for status in ContractStatus}
    assert list(ROLES) == values(Role)


def test_nobody_appoints_above_himself() -> None:
    assert not may_appoint("director", "director")
    assert not may_appoint("group", "operator")
    assert not may_appoint("handler", "handler")
    assert all(may_appoint("operator", role) for role in ROLES)
