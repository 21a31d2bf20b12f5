"""A document is checked before it is set: every mistake at once, with what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis.http.problems import field_message
from services.chassis.i18n import LANGUAGES, Translator
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.routing.domain.rules import Pack
from services.routing.messages import MESSAGES
from services.routing.policy.checking import problems_at, problems_of
from services.routing.policy.files import shipped
from services.routing.policy.registry import SECTIONS
from services.routing.rule_pack import load_rule_pack

TRANSLATOR = Translator(CHASSIS_MESSAGES, MESSAGES)


@pytest.fixture(scope="module")
def pack() -> Pack:
    """The shipped rule pack."""
    return load_rule_pack()


def told(content: dict[str, Any], pack: Pack) -> dict[str, str]:
    """What is wrong, in English, by key."""
    return {p.name: field_message(p.message, TRANSLATOR, "en") for p in problems_of(content, pack)}


def test_the_shipped_document_is_well_and_has_every_section(pack: Pack) -> None:
    assert problems_of({}, pack) == []
    assert list(shipped()) == list(SECTIONS)


@pytest.mark.parametrize(
    ("content", "key", "says"),
    [
        ({"grade": {}}, "grade", "possible are: labels, grading"),
        ({"closing": {"approvers": {"invalid": []}}}, "closing.approvers.invalid", "minimum length 1"),
        ({"closing": {"approvers": {"invalid": ["handler"]}}}, "closing.approvers.invalid.0", "one of: head"),
        ({"closing": {"waivable": ["patience"]}}, "closing.waivable.0", "one of: sign_off"),
        ({"closing": {"consent": {"minor": "no"}}}, "closing.consent.minor", "Not a valid boolean"),
        (
            {"verification": {"valid": {"A": {"zh": "甲", "en": "A"}}}},
            "verification.valid.A",
            "small letters",
        ),
        ({"grading": {"loss": 0}}, "grading.loss", "greater than or equal to 1"),
        ({"grading": {"loss": "12"}}, "grading.loss", "Not a valid integer"),
        ({"grading": {"group_households": 1}}, "grading.group_households", "to 2"),
        ({"grading": {"majority": 1}}, "grading.majority", "less than 1"),
        ({"grading": {"losses": 3}}, "grading.losses", "possible are: group_households, loss"),
        ({"grading": 3}, "grading", "must be a mapping; its keys may be: group_households"),
        ({"grading": {"channels": {"written": ["letter", "fax"]}}}, "grading.channels.written.1", "email"),
        (
            {"grading": {"categories": {"staff_conduct": ["service.atitude"]}}},
            "grading.categories.staff_conduct",
            "no category service.atitude",
        ),
        ({"labels": {"grades": "none"}}, "labels.grades", "possible are: minor_important_major"),
        ({"labels": {"schemes": {"Own": {}}}}, "labels.schemes.Own", "small letters"),
        ({"labels": {"schemes": {"own": {"minor": {"zh": "小"}}}}}, "labels.schemes.own.minor.en", "Missing"),
        (
            {"labels": {"schemes": {"general_urgent_key": {"major": {"zh": "一般"}}}}},
            "labels.schemes.general_urgent_key",
            "same word",
        ),
        ({"roles": {"responsible": {"major": "handler"}}}, "roles.responsible.major", "head, director"),
        ({"roles": {"appointed": ["soon"]}}, "roles.appointed.0", "urgent, normal, deferrable"),
    ],
)
def test_a_mistake_names_its_key_and_what_is_allowed(
    pack: Pack, content: dict[str, Any], key: str, says: str
) -> None:
    assert says in told(content, pack)[key]


def test_every_mistake_is_told_at_once_and_in_both_languages(pack: Pack) -> None:
    content = {
        "grading": {"loss": 0, "majority": 2, "categories": {"overall_level": ["none"]}},
        "labels": {"grades": "none"},
        "role": {},
    }

    found = problems_of(content, pack)

    assert [problem.name for problem in found] == [
        "grading.categories.overall_level",
        "grading.loss",
        "grading.majority",
        "labels.grades",
        "role",
    ]
    for problem in found:
        chinese, english = (field_message(problem.message, TRANSLATOR, each) for each in LANGUAGES)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), chinese
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in english), english


def test_a_document_that_spoils_a_place_below_is_refused_and_the_place_named(pack: Pack) -> None:
    own = {"labels": {"schemes": {"own": shipped()["labels"]["schemes"]["general_urgent_key"]}}}
    documents = {"g": own, "g/r/e": {"labels": {"grades": "own"}}, "h": {}}

    (problem,) = problems_at("g", {}, documents, pack)

    assert (problem.path, problem.name) == ("g/r/e", "labels.grades")
    assert problems_at("g", own, documents, pack) == []
    assert problems_at("h", {"grading": {"loss": 1}}, documents, pack) == []


def test_what_was_wrong_before_is_not_blamed_on_a_document(pack: Pack) -> None:
    # The pack has lost a category that the group names.
    documents = {"g": {"grading": {"categories": {"overall_level": ["service.gone"]}}}}

    assert problems_at("g/e", {"grading": {"loss": 3000}}, documents, pack) == []
    assert [p.name for p in problems_at("g/e", {"grading": {"loss": 0}}, documents, pack)] == ["grading.loss"]
