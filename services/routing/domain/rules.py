"""The rule pack as the domain knows it: categories, departments, rules (R59, R73-R78, R87-R89)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from services.routing.domain.severity import FactName
from services.routing.domain.vocabulary import Vocabulary

#: The category every tree has, for what no rule knows.
OTHER: Final = "other"


class Urgency(StrEnum):
    """How soon a matter must be looked at (R59)."""

    URGENT = "urgent"
    NORMAL = "normal"
    DEFERRABLE = "deferrable"


class Program(Protocol):
    """A compiled condition."""

    def execute(self, context: Any = None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Label:
    """A name people read, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Department:
    """Who takes a matter (R45, R87-R89)."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the category tree; `group` is the branch it hangs on."""

    code: str
    group: str
    label: Label
    department: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Words and a condition that point to one category, one urgency or one fact behind severity.

    The rule matches if one of `any` is found (when there are some), every one of `all`, none of `none`,
    and if the condition `when` is true. Exactly one of `category`, `urgency` and `fact` is given.
    """

    id: str
    title: Label
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    when: str | None = None
    category: str | None = None
    urgency: Urgency | None = None
    fact: FactName | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pack:
    """Categories, departments and rules, ready to classify with; built by `Pack.of`."""

    version: str
    groups: Mapping[str, Label]
    categories: Mapping[str, Category]
    departments: Mapping[str, Department]
    rules: tuple[Rule, ...]
    vocabulary: Vocabulary
    conditions: Mapping[str, Program]
    rules_of_word: Mapping[str, tuple[Rule, ...]]

    @classmethod
    def of(
        cls,
        *,
        version: str,
        groups: Mapping[str, Label],
        categories: Sequence[Category],
        departments: Sequence[Department],
        rules: Sequence[Rule],
        compile: Callable[[str], Program],
        neutral: Collection[str] = (),
        variants: Mapping[str, str] | None = None,
    ) -> Pack:
        """Index `rules` and compile their conditions.

        `neutral` words are found like others but belong to no rule: they hide the shorter words inside
        them. `variants` maps characters to the ones the words are written in. Raises whatever `compile`
        raises for a bad condition, and ValueError for a word that is too short.
        """
        rules_of_word: dict[str, list[Rule]] = {}
        words = set(neutral)
        for rule in rules:
            words.update(rule.any, rule.all, rule.none)
            for word in dict.fromkeys((*rule.any, *rule.all)):
                rules_of_word.setdefault(word, []).append(rule)
        return cls(
            version=version,
            groups=groups,
            categories={category.code: category for category in categories},
            departments={department.code: department for department in departments},
            rules=tuple(rules),
            vocabulary=Vocabulary.of(words, variants or {}),
            conditions={rule.id: compile(rule.when) for rule in rules if rule.when is not None},
            rules_of_word={word: tuple(of_word) for word, of_word in rules_of_word.items()},
        )
