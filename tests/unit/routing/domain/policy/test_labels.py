"""Operators call the fixed grades by words of their own (R55-R59)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.rules import Label, Urgency
from services.routing.domain.severity import Severity
from services.routing.policy.files import shipped
from services.routing.policy.holding import Documents

SCHEMES = sorted(shipped()["labels"]["schemes"])


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ("minor_important_major", ["轻微", "重要", "重大"]),
        ("simple_complex_major", ["简易", "复杂", "重大"]),
        ("general_urgent_major", ["一般", "紧急", "重大"]),
        ("general_urgent_key", ["一般", "紧急", "关键"]),
    ],
    ids=["R55", "R56", "R57", "R58"],
)
def test_the_schemes_of_the_trade_ship_with_the_system(scheme: str, words: list[str]) -> None:
    labels = Documents({"g": {"labels": {"grades": scheme}}}).of("g/estate").labels

    assert [labels.of_severity(severity).zh for severity in Severity] == words


def test_urgency_is_urgent_normal_or_deferrable() -> None:  # R59
    labels = Documents({}).of("g").labels

    assert [labels.of_urgency(urgency).zh for urgency in Urgency] == ["紧急", "一般", "可延后"]


@given(st.sampled_from(SCHEMES), st.sampled_from(Severity), st.sampled_from(Urgency))
def test_each_grade_has_a_word_whatever_the_scheme(scheme: str, severity: Severity, urgency: Urgency) -> None:
    labels = Documents({"g": {"labels": {"grades": scheme}}}).of("g").labels

    assert isinstance(labels.of_severity(severity), Label)
    assert isinstance(labels.of_urgency(urgency), Label)
    assert len({labels.of_severity(each).zh for each in Severity}) == len(Severity)
