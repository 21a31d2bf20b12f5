"""What makes two complaints look like one matter, and when it is the same complaint twice (R60, R190)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from services.routing.domain.likeness import COMPARED, Likeness, Place, Subject, likenesses, plain
from services.routing.domain.policy.matters import Matters, Weights

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
MATTERS = Matters(
    days=14,
    compared=300,
    suggested=5,
    like=0.25,
    duplicate=0.55,
    weights=Weights(text=0.7, place=0.25, time=0.05),
    join_unasked=False,
    join_from=0.5,
    led_by="director",
)
LIFT, RUBBISH = "3栋电梯坏了两天，没有人修。", "小区东门垃圾堆了一个星期。"


def similarity(one: str, other: str) -> float:
    return fuzz.ratio(one, other) / 100


def subject(number: str, text: str = LIFT, hours: float = 0, **others: Any) -> Subject:
    known = {
        "household_id": f"h-{number}",
        "party_id": f"p-{number}",
        "place": None,
        "building": None,
        **others,
    }
    return Subject(number, START + timedelta(hours=hours), text=plain(text), **known)


def only(one: Subject, other: Subject) -> Likeness:
    (found,) = likenesses(one, [other], similarity, MATTERS)
    return found


def test_width_case_and_punctuation_are_no_difference() -> None:
    assert plain("３栋 电梯坏了！Help, ***") == "3栋电梯坏了help"
    assert len(plain("长" * 10_000)) == COMPARED


def test_the_same_words_of_one_household_are_a_duplicate() -> None:
    found = only(subject("B", hours=1, household_id="h"), subject("A", household_id="h"))

    assert (found.number, found.other, found.duplicate) == ("B", "A", True)
    assert found.score > 0.99
    assert found.hours == 1


def test_the_same_words_of_two_households_are_a_group_and_no_duplicate() -> None:
    assert not only(subject("B"), subject("A")).duplicate


def test_of_whom_nothing_is_known_the_same_words_are_a_duplicate() -> None:
    nobody = {"household_id": None, "party_id": None}

    assert only(subject("B", **nobody), subject("A")).duplicate


def test_what_a_household_complains_of_again_in_other_words_is_neither() -> None:
    one, other = subject("B", "电梯又停了", 90, household_id="h"), subject("A", household_id="h")

    assert likenesses(one, [other], similarity, MATTERS) == []


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ({"place": "东门"}, Place.SAME),
        ({"building": "3"}, Place.BUILDING),
        ({"building": "3", "place": "3栋电梯"}, Place.SAME),
    ],
)
def test_one_place_makes_a_matter_of_what_is_said_in_other_words(places: dict[str, str], told: Place) -> None:
    found = only(subject("B", "梯停运三天", 5, **places), subject("A", **places))

    assert (found.place, found.duplicate) == (told, False)


def test_other_words_about_another_building_are_another_matter() -> None:
    one = subject("B", RUBBISH, building="4")

    assert likenesses(one, [subject("A", building="3")], similarity, MATTERS) == []


words = st.text("电梯坏了垃圾停水物业3栋", max_size=30)
subjects = st.builds(
    subject,
    st.sampled_from("ABCDEF"),
    words,
    st.integers(0, 400),
    household_id=st.sampled_from([None, "h1", "h2"]),
    party_id=st.sampled_from([None, "p1", "p2"]),
    place=st.sampled_from([None, "东门", "3栋"]),
    building=st.sampled_from([None, "3", "4"]),
)


@given(one=subjects, other=subjects)
def test_it_does_not_matter_which_of_two_is_looked_at(one: Subject, other: Subject) -> None:
    forth, back = (likenesses(*pair, similarity, MATTERS) for pair in ((one, [other]), (other, [one])))

    if (one.received_at, one.number) != (other.received_at, other.number):
        assert forth == back
    for found in forth:
        assert MATTERS.like <= found.score <= 1
        assert found.hours >= 0
        assert (found.score >= MATTERS.duplicate) or not found.duplicate


@given(one=subjects, others=st.lists(subjects, max_size=6))
def test_the_most_alike_come_first(one: Subject, others: list[Subject]) -> None:
    scores = [found.score for found in likenesses(one, others, similarity, MATTERS)]

    assert scores == sorted(scores, reverse=True)
