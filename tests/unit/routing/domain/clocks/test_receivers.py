"""Roles relative to a case become people: the nearest, and where there is none whoever is above (R92-R94, R104)."""

from __future__ import annotations

import pytest

from services.routing.domain.clocks.receivers import Standing
from services.routing.domain.staff import Leader

LEADERS = (
    Leader("head-engineering", "head", "g/east/cuihu", "engineering"),
    Leader("head-security", "head", "g/east/cuihu", "security"),
    Leader("director", "director", "g/east/cuihu", None),
    Leader("director-2", "director", "g/east/cuihu", None),
    Leader("director-east", "director", "g/east", None),
    Leader("centre", "centre", "g", None),
    Leader("group", "group", "", None),
)


def standing(
    *leaders: Leader, handlers: tuple[str, ...] = ("worker",), duty: tuple[str, ...] = ()
) -> Standing:
    return Standing(handlers, ("engineering",), duty, leaders)


@pytest.mark.parametrize(
    ("receivers", "people"),
    [
        (["handler"], ("worker",)),
        (["head"], ("head-engineering",)),
        (["director"], ("director", "director-2")),
        (["centre"], ("centre",)),
        (["group"], ("group",)),
        (["handler", "head", "handler"], ("worker", "head-engineering")),
        (["duty"], ("worker",)),
        ([], ()),
    ],
)
def test_receivers_are_the_nearest_people_of_their_role(
    receivers: list[str], people: tuple[str, ...]
) -> None:
    assert standing(*LEADERS).reached(receivers) == people


def test_what_nobody_took_goes_to_whoever_leads() -> None:
    assert standing(*LEADERS, handlers=()).reached(["handler"]) == ("head-engineering",)


def test_a_role_nobody_has_goes_to_the_next_above() -> None:
    assert standing(*LEADERS[5:], handlers=()).reached(["handler", "director"]) == ("centre",)
    assert standing(LEADERS[6]).reached(["head"]) == ("group",)
    assert standing(handlers=()).reached(["head"]) == ()


def test_the_duty_leader_on_shift_is_reached() -> None:
    assert standing(*LEADERS, duty=("night-1",)).reached(["duty", "head"]) == ("night-1", "head-engineering")
