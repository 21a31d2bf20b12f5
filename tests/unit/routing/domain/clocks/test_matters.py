"""Which of several targets or plans holds for a case: the one that says most about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.clocks.matters import Condition, Matter, most_specific

LIFT = Matter("facility.lift", "urgent", "major", "phone")
SETTINGS = {
    "everything": Condition(),
    "channel": Condition(channel=("phone",)),
    "severity": Condition(severity=("major", "important")),
    "urgency": Condition(urgency=("urgent",)),
    "group": Condition(category=("facility",)),
    "category": Condition(category=("facility.lift", "facility.pump")),
    "two": Condition(severity=("major",), channel=("phone",)),
    "elsewhere": Condition(category=("security",), urgency=("urgent",), severity=("major",)),
}


@pytest.mark.parametrize(
    ("among", "holds"),
    [
        ("everything channel", "channel"),
        ("channel severity", "severity"),
        ("severity urgency", "urgency"),
        ("urgency group", "group"),
        ("group category", "category"),
        ("category two", "two"),
        ("two elsewhere everything", "two"),
        ("elsewhere", None),
    ],
)
def test_more_is_more_specific_then_category_urgency_severity_channel(among: str, holds: str | None) -> None:
    settings = [(SETTINGS[name], name) for name in among.split()]

    assert most_specific(settings, LIFT) == holds
    assert most_specific(reversed(settings), LIFT) == holds


def test_a_category_stands_for_those_below_it_and_for_no_other_that_begins_alike() -> None:
    assert Condition(category=("facility",)).fits(LIFT)
    assert not Condition(category=("facility.li",)).fits(LIFT)
    assert not Condition(category=("facility.lift.door",)).fits(LIFT)


@given(st.permutations(sorted(SETTINGS)))
def test_the_order_of_different_settings_decides_nothing(names: list[str]) -> None:
    assert most_specific([(SETTINGS[name], name) for name in names], LIFT) == "two"
