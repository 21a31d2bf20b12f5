"""The shipped rule pack on citizens' messages as they were written.

The messages lie outside the repository, in the folder LINLI_SHARED (default: `shared` beside it).
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from services.routing.domain.classification import NO_RULE, Decision, Facts, classify
from services.routing.domain.rules import OTHER
from services.routing.rule_pack import load_rule_pack

REPOSITORY = Path(__file__).parents[3]
SHARED = Path(os.environ.get("LINLI_SHARED", REPOSITORY.parent / "shared"))
MESSAGES = SHARED / "data" / "tipdm_att3_hot.jsonl.gz"

#: Words that make a message one about an estate, and the share of those the pack must know.
ABOUT_ESTATES = ("物业", "小区")
LEAST_SHARE = 0.70

#: Rules for what is no duty of a property company at all (R49).
NOT_OUR_DUTY = "public_affairs.authorities"

pytestmark = pytest.mark.skipif(
    not MESSAGES.is_file(),
    reason=f"the citizens' messages are not there: {MESSAGES}; set LINLI_SHARED to the folder above data/",
)


@pytest.fixture(scope="module")
def decisions() -> list[tuple[str, Decision]]:
    pack = load_rule_pack()
    decided = []
    with gzip.open(MESSAGES, "rt", encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            text = f"{message['title'].strip()}\n{message['body'].strip()}"
            month = int(message["created"][5:7])
            decided.append((text, classify(pack, Facts(text, "web", "complaint", month))))
    return decided


@pytest.fixture(scope="module")
def about_estates(decisions: list[tuple[str, Decision]]) -> list[Decision]:
    return [decision for text, decision in decisions if any(word in text for word in ABOUT_ESTATES)]


def test_the_pack_knows_most_messages_about_estates(about_estates: list[Decision]) -> None:
    known = [decision for decision in about_estates if decision.category != OTHER]

    assert len(known) / len(about_estates) >= LEAST_SHARE


def test_it_does_so_without_counting_matters_of_public_authorities(about_estates: list[Decision]) -> None:
    known = [decision for decision in about_estates if decision.category not in (OTHER, NOT_OUR_DUTY)]

    assert len(known) / len(about_estates) >= LEAST_SHARE


def test_every_decision_names_its_rule_and_words(decisions: list[tuple[str, Decision]]) -> None:
    for _, decision in decisions:
        assert (decision.category_rule == NO_RULE) == (decision.category == OTHER)
        assert bool(decision.category_words) == (decision.category_rule != NO_RULE)
        assert bool(decision.urgency_words) == (decision.urgency_rule != NO_RULE)
        assert decision.failed_rules == ()
