"""Reading a rule pack from a folder of YAML files.

`pack.yaml` holds version, category tree, departments, neutral words and character variants; every other
``*.yaml`` file holds a list `rules`. A pack that is wrong is refused with all its problems at once, each
naming file and rule and saying what to do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import cel
import yaml
from marshmallow import ValidationError

from services.chassis.faults import lines_of
from services.routing.domain.classification import CONDITION_NAMES
from services.routing.domain.rules import OTHER, Category, Department, Label, Pack, Program, Rule, Urgency
from services.routing.domain.severity import FactName
from services.routing.domain.vocabulary import letters_of
from services.routing.rule_pack_schemas import PackSchema, RuleSchema

SHIPPED: Final = Path(__file__).parent / "rules"
TREE_FILE: Final = "pack.yaml"

#: Facts a condition is tried with when the pack is loaded; its answer must be true or false.
_TRIAL: Final[Mapping[str, Any]] = {
    "text": "电梯坏了",
    "length": 4,
    "channel": "web",
    "kind": "complaint",
    "month": 1,
    "hits": ["电梯"],
    "points": 2,
}


class RulePackError(ValueError):
    """The rule pack cannot be used; `problems` are sentences for the person who writes the pack."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The rule pack cannot be used:\n" + "\n".join(f"- {line}" for line in problems))
        self.problems = tuple(problems)


def load_rule_pack(folder: Path = SHIPPED, compile: Callable[[str], Program] = cel.compile) -> Pack:
    """Read and check the pack in `folder`.

    The version of the pack is the one it states and a digest of its files, so that an edited pack never
    passes for the one before. Raises RulePackError with every problem found.
    """
    problems: list[str] = []
    if not (folder / TREE_FILE).is_file():
        raise RulePackError([f"{folder}: no {TREE_FILE} in this folder. Give the folder of a rule pack."])
    digest = hashlib.sha256()
    tree: dict[str, Any] = {}
    rules: list[tuple[str, Rule]] = []
    for path in sorted(folder.glob("*.yaml")):
        content = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + content)
        data = _yaml(path.name, content, problems)
        if path.name == TREE_FILE:
            tree = _tree(data, problems)
        else:
            rules += _rules(path.name, data, problems)
    if tree:
        problems += _tree_problems(tree)
        problems += _rule_problems(rules, tree, compile)
        problems += _word_problems(rules, tree["variants"])
    if problems:
        raise RulePackError(problems)
    return _pack(tree, [rule for _, rule in rules], digest.hexdigest()[:8], compile)


def _yaml(file: str, content: bytes, problems: list[str]) -> dict[str, Any]:
    try:
        data = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{file}: this is not YAML: {error}. Mend the place named.")
        return {}
    if not isinstance(data, dict):
        problems.append(f"{file}: the file must be a mapping with named parts, not {type(data).__name__}.")
        return {}
    return data


def _tree(data: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = PackSchema().load(data)
    except ValidationError as error:
        problems.extend(f"{TREE_FILE}: {line}" for line in lines_of(error.messages))
        return {}
    return loaded


def _rules(file: str, data: dict[str, Any], problems: list[str]) -> list[tuple[str, Rule]]:
    entries = data.get("rules")
    if not isinstance(entries, list):
        problems.append(f"{file}: no list 'rules'. Put the rules of this file below 'rules:'.")
        return []
    rules = []
    for number, entry in enumerate(entries, start=1):
        named = entry.get("id") if isinstance(entry, dict) else None
        where = f"{file}, rule {named or f'number {number}'}"
        try:
            rules.append((where, _rule(RuleSchema().load(entry))))
        except ValidationError as error:
            problems.extend(f"{where}: {line}" for line in lines_of(error.messages))
    return rules


def _rule(loaded: dict[str, Any]) -> Rule:
    urgency, fact = loaded.get("urgency"), loaded.get("fact")
    return Rule(
        id=loaded["id"],
        title=Label(**loaded["title"]),
        any=tuple(loaded["any"]),
        all=tuple(loaded["all"]),
        none=tuple(loaded["none"]),
        when=loaded.get("when"),
        category=loaded.get("category"),
        urgency=Urgency(urgency) if urgency else None,
        fact=FactName(fact) if fact else None,
        weight=loaded["weight"],
    )


def _tree_problems(tree: dict[str, Any]) -> list[str]:
    problems = []
    if OTHER not in tree["categories"]:
        problems.append(f"{TREE_FILE}: no category '{OTHER}'. Add it: it takes what no rule knows.")
    for code, category in tree["categories"].items():
        group = code.split(".")[0]
        if group not in tree["groups"]:
            problems.append(f"{TREE_FILE}: category {code}: no group '{group}'. Add it to 'groups'.")
        if category["department"] not in tree["departments"]:
            problems.append(
                f"{TREE_FILE}: category {code}: unknown department '{category['department']}'. "
                f"Use one of {', '.join(tree['departments'])} or add it to 'departments'."
            )
    return problems


def _rule_problems(
    rules: list[tuple[str, Rule]], tree: dict[str, Any], compile: Callable[[str], Program]
) -> list[str]:
    problems = []
    seen: dict[str, str] = {}
    for where, rule in rules:
        if rule.id in seen:
            problems.append(f"{where}: the id is used already in {seen[rule.id]}. Give each rule its own id.")
        seen.setdefault(rule.id, where)
        if rule.category is not None and rule.category not in tree["categories"]:
            problems.append(
                f"{where}: unknown category '{rule.category}'. "
                f"Use one of those in {TREE_FILE} or add it there with its department."
            )
        if rule.when is not None:
            problems += [f"{where}: {line}" for line in _condition_problems(rule.when, compile)]
    return problems


def _word_problems(rules: list[tuple[str, Rule]], variants: Mapping[str, str]) -> list[str]:
    problems = []
    table = str.maketrans(dict(variants))
    known: dict[str, tuple[str, str]] = {}
    for where, rule in rules:
        for word in (*rule.any, *rule.all, *rule.none):
            first_word, first_place = known.setdefault(letters_of(word, table), (word, where))
            if first_word != word:
                problems.append(
                    f"{where}: the word {word!r} cannot be told from {first_word!r} in {first_place}. "
                    "Write it the same way in both."
                )
    return problems


def _condition_problems(when: str, compile: Callable[[str], Program]) -> list[str]:
    try:
        answer = compile(when).execute(dict(_TRIAL))
    # The expression library raises ValueError, RuntimeError, TypeError or IndexError, as it pleases.
    except Exception as error:
        known = ", ".join(sorted(CONDITION_NAMES))
        return [f"the condition {when!r} does not work: {error} Mend it; it may use {known}."]
    if not isinstance(answer, bool):
        return [f"the condition {when!r} answers {answer!r}. Write one that is true or false."]
    return []


def _pack(tree: dict[str, Any], rules: list[Rule], digest: str, compile: Callable[[str], Program]) -> Pack:
    return Pack.of(
        version=f"{tree['version']}+{digest}",
        groups={code: Label(**label) for code, label in tree["groups"].items()},
        categories=[
            Category(code, code.split(".")[0], Label(entry["zh"], entry["en"]), entry["department"])
            for code, entry in tree["categories"].items()
        ],
        departments=[Department(code, Label(**label)) for code, label in tree["departments"].items()],
        rules=rules,
        compile=compile,
        neutral=tree["neutral"],
        variants=tree["variants"],
    )
