"""What a complaint is about and how soon it must be looked at, decided by a rule pack (R59, R73-R78).

A decision is a pure function of the pack and the facts, and names the rule and the words behind it,
so it can be explained to a complainant and repeated later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.routing.domain import amounts
from services.routing.domain.rules import OTHER, Pack, Rule, Urgency
from services.routing.domain.severity import Fact, FactName
from services.routing.domain.vocabulary import Hit

#: Named as the rule when no rule matched.
NO_RULE: Final = "none"
#: Named as the rule when the complaint itself stated a known category.
STATED: Final = "stated"

#: Characters from the beginning of a text in which words count more: people name the matter first.
LEAD: Final = 40
LEAD_FACTOR: Final = 3
#: Occurrences of one word beyond this many say nothing more about what a text is about.
MOST_OCCURRENCES: Final = 3

#: Names the condition of a rule may use: those of `Facts` in normalised form, `length` of the text in
#: characters, `hits`, the words found for this rule, and `points`, how much they count (see `classify`).
CONDITION_NAMES: Final = frozenset({"text", "length", "channel", "kind", "month", "hits", "points"})

_NO_WORDS: Final[tuple[str, ...]] = ()

#: Facts that are counts; a text that names none does not tell them.
_MEASURES: Final = {FactName.LOSS: amounts.yuan, FactName.GROUP_HOUSEHOLDS: amounts.households}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a complaint when it is classified.

    `month` (1-12) is the month of receipt in the estate's zone, for seasonal rules (R80-R82).
    """

    text: str
    channel: str
    kind: str
    month: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact behind severity that a text tells, with the rule and the words it was found by."""

    fact: Fact
    rule: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Category, department and urgency of a complaint, with the reasons, and the facts its text tells.

    `unknown_category` is a stated category that the tree does not have; `failed_rules` are rules whose
    condition broke on these facts and which therefore did not match.
    """

    category: str
    category_rule: str
    category_words: tuple[str, ...]
    department: str
    urgency: Urgency
    urgency_rule: str
    urgency_words: tuple[str, ...]
    pack_version: str
    findings: tuple[Finding, ...] = ()
    unknown_category: str | None = None
    failed_rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Match:
    rule: Rule
    words: tuple[str, ...]
    points: int
    first: int


_NOTHING: Final[tuple[Finding, ...]] = ()


def classify(pack: Pack, facts: Facts) -> Decision:
    """Decide category, department and urgency of a complaint.

    Of the rules that match, the highest score wins: weight times points. A word has a point for each
    occurrence, at most `MOST_OCCURRENCES`, times `LEAD_FACTOR` if it is first found within the first `LEAD`
    characters. Ties go to the earlier word, then to the rule id. A known stated category is taken as it
    is. An urgent rule beats a deferrable one whatever their scores (R59).
    """
    text = pack.vocabulary.normalise(facts.text)
    hits = pack.vocabulary.hits(text)
    matches, failed = _matches(pack, facts, text, hits)
    about = min((match for match in matches if match.rule.category), key=_rank, default=None)
    soon = min((match for match in matches if match.rule.urgency), key=_urgency_rank, default=None)

    stated_is_known = facts.category in pack.categories
    if facts.category is not None and stated_is_known:
        category, category_rule, category_words = facts.category, STATED, _NO_WORDS
    elif about is not None and about.rule.category is not None:
        category, category_rule, category_words = about.rule.category, about.rule.id, about.words
    else:
        category, category_rule, category_words = OTHER, NO_RULE, _NO_WORDS
    return Decision(
        category=category,
        category_rule=category_rule,
        category_words=category_words,
        department=pack.categories[category].department,
        urgency=soon.rule.urgency if soon and soon.rule.urgency else Urgency.NORMAL,
        urgency_rule=soon.rule.id if soon else NO_RULE,
        urgency_words=soon.words if soon else _NO_WORDS,
        pack_version=pack.version,
        findings=_findings(matches, text),
        unknown_category=None if stated_is_known else facts.category,
        failed_rules=failed,
    )


def find_facts(pack: Pack, facts: Facts) -> tuple[Finding, ...]:
    """The facts behind severity that a text tells, of a supplement say."""
    text = pack.vocabulary.normalise(facts.text)
    return _findings(_matches(pack, facts, text, pack.vocabulary.hits(text))[0], text)


def _findings(matches: list[_Match], text: str) -> tuple[Finding, ...]:
    found = []
    for match in matches:
        if (name := match.rule.fact) is None:
            continue
        measure = _MEASURES.get(name)
        value = True if measure is None else measure(text, match.words)
        if value is not None:
            found.append(Finding(Fact(name, value), match.rule.id, match.words))
    return tuple(sorted(found, key=lambda each: each.rule)) if found else _NOTHING


def _matches(
    pack: Pack, facts: Facts, text: str, hits: Mapping[str, Hit]
) -> tuple[list[_Match], tuple[str, ...]]:
    candidates = {rule.id: rule for word in hits for rule in pack.rules_of_word.get(word, ())}
    matches, failed = [], []
    for rule in candidates.values():
        found = [word for word in rule.any if word in hits]
        if rule.any and not found:
            continue
        if not all(word in hits for word in rule.all) or any(word in hits for word in rule.none):
            continue
        words = sorted({*found, *rule.all}, key=lambda word: hits[word].first)
        match = _match(rule, tuple(words), hits)
        if rule.when is not None:
            try:
                holds = pack.conditions[rule.id].execute(_context(facts, text, match))
            # A pack comes from outside: a condition that breaks must not keep a complaint from its case.
            except Exception:
                failed.append(rule.id)
                continue
            if holds is not True:
                continue
        matches.append(match)
    return matches, tuple(sorted(failed))


def _match(rule: Rule, words: tuple[str, ...], hits: Mapping[str, Hit]) -> _Match:
    telling = rule.any or rule.all
    points = 0
    for word in words:
        if word in telling:
            hit = hits[word]
            points += min(hit.count, MOST_OCCURRENCES) * (LEAD_FACTOR if hit.first < LEAD else 1)
    return _Match(rule, words, points, hits[words[0]].first)


def _context(facts: Facts, text: str, match: _Match) -> dict[str, Any]:
    return {
        "text": text,
        "length": len(text),
        "channel": facts.channel,
        "kind": facts.kind,
        "month": facts.month,
        "hits": list(match.words),
        "points": match.points,
    }


def _rank(match: _Match) -> tuple[float, int, str]:
    return (-match.rule.weight * match.points, match.first, match.rule.id)


def _urgency_rank(match: _Match) -> tuple[bool, float, int, str]:
    return (match.rule.urgency is not Urgency.URGENT, *_rank(match))
