"""Policy documents as people write them: YAML (JSON is YAML too), with the line of each key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final

import yaml

from services.chassis.i18n import Message
from services.routing.policy.problems import Keys, Problem

SHIPPED: Final = Path(__file__).parent / "default.yaml"


@dataclass(frozen=True)
class Source:
    """A document that was read: its content, where its keys stand (lines from 1), and what kept it from being read."""

    content: dict[str, Any]
    lines: dict[Keys, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, keys: Keys) -> int | None:
        """The line of these keys, or of what stands nearest above them."""
        return next((line for end in range(len(keys), -1, -1) if (line := self.lines.get(keys[:end]))), None)


@lru_cache(maxsize=1)
def shipped() -> dict[str, Any]:
    """The document that ships with this version, read once in a process."""
    return read(SHIPPED.read_text(encoding="utf-8")).content


def read(text: str) -> Source:
    """A document from its text; an empty text is a document without any difference."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        found = Problem((), Message("policy_not_yaml", {"error": getattr(error, "problem", None) or error}))
        return Source({}, {(): mark.line + 1} if mark else {}, [found])
    finally:
        loader.dispose()
    if node is None:
        return Source({})
    source = Source({})
    content = _value(node, (), loader, source)
    if not isinstance(content, dict):
        return Source({}, {}, [Problem((), "policy_not_a_document")])
    source.content.update(content)
    return source


class _Loader(yaml.SafeLoader):
    """YAML without its surprises: `no` and `on` are words, `08:30` and `2026-02-17` are texts."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]


for _tag, _pattern, _starts in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _starts)


def _value(node: yaml.Node, keys: Keys, loader: _Loader, source: Source) -> Any:
    source.lines[keys] = node.start_mark.line + 1
    match node:
        case yaml.MappingNode():
            return dict(_entries(node, keys, loader, source))
        case yaml.SequenceNode():
            return [_value(each, (*keys, at), loader, source) for at, each in enumerate(node.value)]
        case _:
            return loader.construct_object(node)


def _entries(
    node: yaml.MappingNode, keys: Keys, loader: _Loader, source: Source
) -> Iterator[tuple[str, Any]]:
    seen = set()
    for key, value in node.value:
        name = str(key.value)
        here = (*keys, name)
        if name in seen:
            source.problems.append(Problem(here, "policy_key_twice"))
        seen.add(name)
        content = _value(value, here, loader, source)
        source.lines[here] = key.start_mark.line + 1
        yield name, content
