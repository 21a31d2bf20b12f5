"""How rules become a decision, on small packs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.classification import NO_RULE, STATED, Decision, Facts, classify
from services.routing.domain.rules import OTHER, Category, Department, Label, Pack, Rule, Urgency

NAME = Label("名", "name")
CODES = ["facility.lift", "fees.standard", "environment.noise", OTHER]


def rule(id: str, *words: str, **given: Any) -> Rule:
    if "urgency" not in given:
        given.setdefault("category", "facility.lift")
    return Rule(id=id, title=NAME, any=words, **given)


def pack_of(*rules: Rule, neutral: Sequence[str] = ()) -> Pack:
    return Pack.of(
        version="test",
        groups={},
        categories=[Category(code, code.split(".")[0], NAME, f"{code}-team") for code in CODES],
        departments=[Department(f"{code}-team", NAME) for code in CODES],
        rules=rules,
        compile=cel.compile,
        neutral=neutral,
    )


def decide(pack: Pack, text: str, **given: Any) -> Decision:
    return classify(pack, Facts(**{"text": text, "channel": "web", "kind": "complaint", "month": 7, **given}))


def test_a_decision_names_rule_words_department_and_pack() -> None:
    pack = pack_of(rule("lift", "电梯", "轿厢"), rule("trapped", "被困", urgency=Urgency.URGENT))

    assert decide(pack, "轿厢停了，被困在电梯里") == Decision(
        category="facility.lift",
        category_rule="lift",
        category_words=("轿厢", "电梯"),
        department="facility.lift-team",
        urgency=Urgency.URGENT,
        urgency_rule="trapped",
        urgency_words=("被困",),
        pack_version="test",
    )


def test_without_a_matching_rule_the_category_is_other_and_the_urgency_normal() -> None:
    decision = decide(pack_of(rule("lift", "电梯")), "谢谢")

    assert (decision.category, decision.category_rule, decision.category_words) == (OTHER, NO_RULE, ())
    assert (decision.urgency, decision.urgency_rule, decision.urgency_words) == (Urgency.NORMAL, NO_RULE, ())


def test_a_known_stated_category_is_taken() -> None:
    decision = decide(pack_of(rule("lift", "电梯")), "电梯坏了", category="fees.standard")

    assert (decision.category, decision.category_rule) == ("fees.standard", STATED)
    assert decision.department == "fees.standard-team"
    assert decision.unknown_category is None


def test_an_unknown_stated_category_is_noted_and_the_text_decides() -> None:
    decision = decide(pack_of(rule("lift", "电梯")), "电梯坏了", category="lifts")

    assert (decision.category, decision.category_rule) == ("facility.lift", "lift")
    assert decision.unknown_category == "lifts"


def test_all_words_must_be_there() -> None:
    pack = pack_of(rule("attitude", "态度", all=("物业",)))

    assert decide(pack, "物业的态度").category_words == ("物业", "态度")
    assert decide(pack, "邻居的态度").category_rule == NO_RULE


def test_a_rule_of_all_words_alone_matches() -> None:
    assert decide(pack_of(rule("both", all=("物业", "态度"))), "态度，物业").category_rule == "both"


def test_a_word_of_none_keeps_a_rule_from_matching() -> None:
    pack = pack_of(rule("lift", "电梯", none=("广告",)))

    assert decide(pack, "电梯坏了").category_rule == "lift"
    assert decide(pack, "电梯里的广告").category_rule == NO_RULE


def test_a_neutral_word_hides_the_shorter_word_inside() -> None:
    pack = pack_of(rule("power", "停电"), neutral=["停电梯"])

    assert decide(pack, "停电梯").category_rule == NO_RULE
    assert decide(pack, "停电了").category_rule == "power"


def test_weight_times_words_decides() -> None:
    pack = pack_of(
        rule("lift", "电梯"),
        rule("noise", "噪音", "震动", category="environment.noise"),
        rule("fees", "收费", category="fees.standard", weight=1.5),
    )

    assert decide(pack, "电梯噪音震动").category_rule == "noise"
    assert decide(pack, "电梯收费").category_rule == "fees"


def test_a_tie_goes_to_the_earlier_word_then_to_the_id() -> None:
    pack = pack_of(rule("b", "电梯"), rule("a", "噪音", "电梯间"), rule("c", "电梯"))

    assert decide(pack, "电梯噪音").category_rule == "b"
    assert decide(pack, "噪音电梯").category_rule == "a"


def test_the_lead_of_a_text_outweighs_its_rest() -> None:
    pack = pack_of(rule("lift", "电梯"), rule("noise", "噪音", "震动", category="environment.noise"))

    assert decide(pack, "电梯" + "，" * 50 + "噪音震动").category_rule == "lift"


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ('kind == "complaint" && channel == "web"', True),
        ("month in [6, 7, 8]", True),
        ('hits.exists(word, word == "电梯")', True),
        ("length < 3", False),
        ("points >= 3", True),
        ('text.contains("坏")', True),
        ('text.contains("好")', False),
    ],
)
def test_a_condition_decides_over_the_facts(when: str, matches: bool) -> None:
    decision = decide(pack_of(rule("lift", "电梯", when=when)), "电梯坏了")

    assert decision.category_rule == ("lift" if matches else NO_RULE)


def test_a_condition_is_tried_only_when_the_words_are_there() -> None:
    class Counting:
        calls = 0

        def execute(self, context: Any = None) -> Any:
            self.calls += 1
            return True

    condition = Counting()
    pack = Pack.of(
        version="test",
        groups={},
        categories=[Category(code, code, NAME, "team") for code in CODES],
        departments=[Department("team", NAME)],
        rules=[rule("lift", "电梯", when="anything")],
        compile=lambda _: condition,
    )

    decide(pack, "路灯坏了")
    assert condition.calls == 0

    decide(pack, "电梯坏了")
    assert condition.calls == 1


def test_a_condition_that_breaks_does_not_match_and_is_noted() -> None:
    pack = pack_of(rule("broken", "电梯", when='hits[7] == "x"'), rule("lift", "电梯"))

    decision = decide(pack, "电梯坏了")

    assert decision.category_rule == "lift"
    assert decision.failed_rules == ("broken",)


def test_an_urgent_rule_beats_a_deferrable_one_of_a_higher_score() -> None:
    pack = pack_of(
        rule("wish", "建议", urgency=Urgency.DEFERRABLE, weight=9),
        rule("fire", "着火", urgency=Urgency.URGENT),
    )

    assert decide(pack, "建议来人，着火").urgency_rule == "fire"


WORDS = ["电梯", "电梯费", "噪音", "收费", "停电", "停电梯", "lift", "noise", "被困"]
RULES = [
    rule("lift", "电梯", "lift"),
    rule("noise", "噪音", "noise", category="environment.noise"),
    rule("fees", "收费", "电梯费", category="fees.standard", weight=1.2),
    rule("power", "停电", none=("噪音",), category="fees.standard", when="length < 40"),
    rule("trapped", "被困", urgency=Urgency.URGENT),
    rule("wish", "lift", all=("噪音",), urgency=Urgency.DEFERRABLE, when="points > 1"),
]
PACK = pack_of(*RULES, neutral=["停电梯"])
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=20), max_size=12).map("".join)


@given(TEXTS)
def test_every_text_gets_a_decision_whose_words_belong_to_its_rule(text: str) -> None:
    decision = decide(PACK, text)

    rules = {rule.id: rule for rule in RULES}
    assert decision.category in CODES
    assert (decision.category == OTHER) == (decision.category_rule == NO_RULE)
    if decision.category_rule != NO_RULE:
        chosen = rules[decision.category_rule]
        assert set(decision.category_words) <= {*chosen.any, *chosen.all}
        assert chosen.category == decision.category


@given(TEXTS, st.randoms())
def test_the_order_of_the_rules_does_not_matter(text: str, order: random.Random) -> None:
    shuffled = order.sample(RULES, k=len(RULES))

    assert decide(pack_of(*shuffled, neutral=["停电梯"]), text) == decide(PACK, text)


@given(TEXTS, st.text(alphabet="甲乙丙丁。，\n", max_size=30))
def test_words_without_meaning_at_the_end_change_no_category_of_an_unconditional_pack(
    text: str, tail: str
) -> None:
    pack = pack_of(*(each for each in RULES if each.when is None), neutral=["停电梯"])

    assert decide(pack, f"{text} {tail}").category == decide(pack, text).category
