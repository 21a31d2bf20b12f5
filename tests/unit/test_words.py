"""Chinese texts are set as Chinese is: with its own punctuation."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import services
from services.chassis.validation_messages import CHINESE

ROOT = Path(services.__file__).parent
CATALOGUES = sorted(path.parent.name for path in ROOT.glob("*/messages.py"))
YAML_FILES = sorted(
    path
    for folder in ("notification/templates", "routing/rules", "intake/mappings")
    for path in (ROOT / folder).glob("*.yaml")
)
_HAN = "[\u4e00-\u9fff]"
ASCII_BESIDE_HAN = re.compile(rf"{_HAN} ?[,.:;?!()]|[,.:;?!()] ?{_HAN}")


@pytest.mark.parametrize("service", CATALOGUES)
def test_a_catalogue_has_chinese_punctuation(service: str) -> None:
    messages = importlib.import_module(f"services.{service}.messages").MESSAGES

    assert badly_set(texts["zh"] for texts in messages.values()) == []


def test_what_validators_say_has_chinese_punctuation() -> None:
    assert badly_set(CHINESE.values()) == []


@pytest.mark.parametrize("file", YAML_FILES, ids=lambda file: file.stem)
def test_templates_and_labels_have_chinese_punctuation(file: Path) -> None:
    assert badly_set(chinese_in(yaml.safe_load(file.read_text(encoding="utf-8")))) == []


def chinese_in(node: Any, *, chinese: bool = False) -> Iterator[str]:
    """Every text below a key `zh`, however deep."""
    match node:
        case str() if chinese:
            yield node
        case dict():
            for key, value in node.items():
                yield from chinese_in(value, chinese=chinese or key == "zh")
        case list():
            for value in node:
                yield from chinese_in(value, chinese=chinese)


def badly_set(texts: Iterable[str]) -> list[str]:
    """Those with ASCII punctuation beside a Chinese character."""
    return [text for text in texts if ASCII_BESIDE_HAN.search(text)]
