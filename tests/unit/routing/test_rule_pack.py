"""Reading a rule pack: what is wrong is said with file, rule and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.routing.domain.classification import Facts, classify
from services.routing.rule_pack import SHIPPED, RulePackError, load_rule_pack

TREE = """
version: "1"
departments:
  engineering: {zh: 工程部, en: Engineering}
groups:
  facility: {zh: 设施, en: Facilities}
  other: {zh: 其他, en: Other}
categories:
  facility.lift: {zh: 电梯, en: Lifts, department: engineering}
  other: {zh: 其他, en: Other, department: engineering}
variants: {電: 电}
"""
RULE = """
rules:
  - id: lift
    title: {zh: 电梯, en: Lift}
    category: facility.lift
    any: [电梯]
"""


def written(folder: Path, *, tree: str = TREE, rules: str = RULE) -> Path:
    (folder / "pack.yaml").write_text(tree, encoding="utf-8")
    (folder / "lifts.yaml").write_text(rules, encoding="utf-8")
    return folder


def problems_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(RulePackError) as caught:
        load_rule_pack(folder)
    return caught.value.problems


def test_a_pack_is_read_and_classifies(tmp_path: Path) -> None:
    pack = load_rule_pack(written(tmp_path))

    decision = classify(pack, Facts("電梯坏了", channel="web", kind="complaint", month=1))

    assert (decision.category, decision.category_rule) == ("facility.lift", "lift")
    assert decision.pack_version == pack.version
    assert pack.categories["facility.lift"].label.en == "Lifts"
    assert pack.departments["engineering"].label.zh == "工程部"


def test_the_version_tells_an_edited_pack_from_the_one_before(tmp_path: Path) -> None:
    before = load_rule_pack(written(tmp_path)).version
    again = load_rule_pack(tmp_path).version
    after = load_rule_pack(written(tmp_path, rules=RULE.replace("[电梯]", "[电梯, 轿厢]"))).version

    assert before.startswith("1+")
    assert again == before
    assert after != before


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("any: [电梯]", "any: []"), "The rule has no words"),
        (("any: [电梯]", "any: [梯]"), "'梯' is too short"),
        (("any: [电梯]", "any: ['']"), "'' is too short"),
        (("any: [电梯]", "any: [on]"), "any.0: Not a valid string"),
        (("any: [电梯]", "any: [电梯, 電梯]"), "'電梯' cannot be told from '电梯'"),
        (("any: [电梯]", "any: [leak, 'leak*']"), "cannot be told from 'leak'"),
        (("any: [电梯]", "words: [电梯]"), "words: Unknown field"),
        (("category: facility.lift", "category: facility.lifts"), "unknown category 'facility.lifts'"),
        (("category: facility.lift", "urgency: soon"), "urgency: Must be one of"),
        (("    category: facility.lift\n", ""), "a 'category', an 'urgency' or a 'fact'"),
        (("any:", "urgency: urgent\n    any:"), "a 'category', an 'urgency' or a 'fact'"),
        (("any:", "weight: 0\n    any:"), "weight: Must be greater than 0"),
        (("any:", "when: 'kind =='\n    any:"), "the condition 'kind ==' does not work"),
        (("any:", "when: colour == 1\n    any:"), "it may use channel, hits, kind"),
        (("any:", "when: length\n    any:"), "Write one that is true or false"),
        (("any:", "when: 'text.matches(\"(\")'\n    any:"), "does not work"),
        (("title: {zh: 电梯, en: Lift}", "title: {zh: 电梯}"), "title.en: Missing data"),
    ],
)
def test_a_wrong_rule_is_named_with_its_file(tmp_path: Path, edit: tuple[str, str], expected: str) -> None:
    (problem,) = problems_of(written(tmp_path, rules=RULE.replace(*edit)))

    assert problem.startswith("lifts.yaml, rule lift: ")
    assert expected in problem


def test_an_id_used_twice_is_named_with_both_places(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "more.yaml").write_text(RULE, encoding="utf-8")

    (problem,) = problems_of(tmp_path)

    assert problem.startswith("more.yaml, rule lift: the id is used already in lifts.yaml, rule lift")


def test_a_rule_without_an_id_is_named_by_its_number(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, rules=RULE.replace("- id: lift\n   ", "-")))

    assert problem == "lifts.yaml, rule number 1: id: Missing data for required field."


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("department: engineering}\n  other", "department: lifts}\n  other"), "unknown department 'lifts'"),
        (("  facility: {zh: 设施, en: Facilities}\n", ""), "no group 'facility'"),
        (('version: "1"', ""), "version: Missing data"),
        (("facility.lift:", "Facility.Lift:"), "Write small letters"),
        (("variants: {電: 电}", "variants: {電電: 电}"), "variants.電電"),
        (("  other: {zh: 其他, en: Other, department: engineering}\n", ""), "no category 'other'"),
    ],
)
def test_a_wrong_tree_is_named(tmp_path: Path, edit: tuple[str, str], expected: str) -> None:
    problems = problems_of(written(tmp_path, tree=TREE.replace(*edit)))

    assert any(problem.startswith("pack.yaml: ") and expected in problem for problem in problems)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("rules: [", "this is not YAML"),
        ("- a\n- b\n", "must be a mapping"),
        ("", "must be a mapping"),
        ("rule: []\n", "no list 'rules'"),
    ],
)
def test_a_file_of_another_shape_is_named(tmp_path: Path, rules: str, expected: str) -> None:
    problems = problems_of(written(tmp_path, rules=rules))

    assert any(problem.startswith("lifts.yaml: ") and expected in problem for problem in problems)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    wrong = RULE.replace("facility.lift", "facility.lifts") + RULE.replace("rules:\n", "").replace(
        "[电梯]", "[]"
    ).replace("id: lift", "id: second")

    assert len(problems_of(written(tmp_path, rules=wrong))) == 2


def test_a_folder_without_a_pack_is_named(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path)

    assert str(tmp_path) in problem


def test_the_shipped_pack_is_sound() -> None:
    pack = load_rule_pack(SHIPPED)

    assert {"engineering", "cleaning", "security", "customer_service", "finance"} <= set(pack.departments)
    assert {category.department for category in pack.categories.values()} <= set(pack.departments)
