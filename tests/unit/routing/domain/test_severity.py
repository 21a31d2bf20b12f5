"""Severity follows from facts: facts only raise it, and their order does not matter."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.policy.grading import Grading
from services.routing.domain.severity import (
    Fact,
    FactName,
    Grade,
    Severity,
    Value,
    facts_of,
    grade,
    settled,
)
from services.routing.policy.holding import Documents

DEFAULT: Grading = Documents({}).of("g").grading
MINOR, IMPORTANT, MAJOR = Severity


def fact(name: FactName) -> st.SearchStrategy[Fact]:
    """A fact with a value of its kind."""
    values: dict[FactName, st.SearchStrategy[Value]] = {
        FactName.GROUP_HOUSEHOLDS: st.integers(1, 10),
        FactName.LOSS: st.integers(1, 20_000),
        FactName.TRANSFERRED_FROM: st.sampled_from(["government", "group"]),
        FactName.SECOND_COMPLAINT_OF: st.sampled_from(["TS-1", "TS-2"]),
    }
    return st.builds(Fact, st.just(name), values.get(name, st.just(True)))


facts = st.lists(st.sampled_from(FactName).flatmap(fact), max_size=8)
gradings = st.builds(
    Grading,
    st.integers(2, 12),
    st.integers(1, 20_000),
    st.just(0.5),
    st.just(DEFAULT.channels),
    st.just(DEFAULT.categories),
)


@pytest.mark.parametrize(
    ("known", "severity"),
    [
        (Fact(FactName.GROUP_HOUSEHOLDS, 2), MINOR),
        (Fact(FactName.GROUP_HOUSEHOLDS, 3), MAJOR),
        (Fact(FactName.MEDIA), MAJOR),
        (Fact(FactName.BAD_INFLUENCE), MAJOR),
        (Fact(FactName.INJURY), MAJOR),
        (Fact(FactName.LOSS, 4999), MINOR),
        (Fact(FactName.LOSS, 5000), MAJOR),
        (Fact(FactName.CLAIM_LETTER), MAJOR),
        (Fact(FactName.SENT_BACK, "quality"), MAJOR),
        (Fact(FactName.WRITTEN), IMPORTANT),
        (Fact(FactName.TRANSFERRED_FROM, "government"), IMPORTANT),
        (Fact(FactName.OVERALL_LEVEL), IMPORTANT),
        (Fact(FactName.STAFF_CONDUCT), IMPORTANT),
        (Fact(FactName.SECOND_COMPLAINT_OF, "TS-1"), IMPORTANT),
    ],
    ids=[
        "fewer than R60",
        "R60",
        "R61",
        "R62",
        "R63 injury",
        "less than R63",
        "R63 loss",
        "R64",
        "R65",
        "R66 written",
        "R66 passed on",
        "R67",
        "R68",
        "R69",
    ],
)
def test_each_rule_gives_its_grade_and_is_named(known: Fact, severity: Severity) -> None:
    expected = (
        Grade(severity, known.name.value, (known.name.value,)) if severity is not MINOR else Grade(MINOR)
    )

    assert grade([known], DEFAULT) == expected


def test_what_no_rule_knows_is_minor() -> None:  # R70
    assert grade([], DEFAULT) == Grade(MINOR, "none", ())


def test_the_gravest_rule_is_named_and_all_facts_beside_it() -> None:
    known = [Fact(FactName.WRITTEN), Fact(FactName.INJURY), Fact(FactName.MEDIA)]

    assert grade(known, DEFAULT) == Grade(MAJOR, "media", ("media", "injury"))


@pytest.mark.parametrize(
    ("channel", "category", "names"),
    [
        ("web", "facility.lift", []),
        ("letter", "facility.lift", ["written"]),  # R66
        ("government", "facility.lift", ["transferred_from"]),  # R28, R66
        ("media", "facility.lift", ["media"]),  # R61
        ("web", "service.quality", ["overall_level"]),  # R67
        ("letter", "service.attitude", ["written", "staff_conduct"]),  # R66, R68
    ],
)
def test_channel_and_category_are_facts(channel: str, category: str, names: list[str]) -> None:
    assert [each.name.value for each, _ in facts_of(channel, category, DEFAULT)] == names


@given(facts, facts, gradings)
def test_more_facts_never_make_a_matter_less_grave(
    some: list[Fact], more: list[Fact], grading: Grading
) -> None:
    assert grade(some + more, grading).severity.rank >= grade(some, grading).severity.rank


@given(facts, gradings, st.randoms())
def test_the_order_of_facts_and_their_copies_do_not_matter(
    known: list[Fact], grading: Grading, random: object
) -> None:
    shuffled = known + known[:3]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert grade(shuffled, grading) == grade(known, grading)


@given(st.sampled_from(Severity), facts, gradings)
def test_a_decision_stands_until_a_later_fact_is_graver(
    decided: Severity, since: Sequence[Fact], grading: Grading
) -> None:
    now = settled(decided, since, grading)

    assert now.severity.rank == max(decided.rank, grade(since, grading).severity.rank)
    assert (now.rule == "person") is (grade(since, grading).severity.rank <= decided.rank)


@given(facts, gradings)
def test_where_nobody_decided_the_facts_do(known: list[Fact], grading: Grading) -> None:
    assert settled(None, known, grading) == grade(known, grading)
