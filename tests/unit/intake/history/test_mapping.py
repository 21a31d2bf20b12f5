"""A mapping is data: those that come with Linli can be read, and a wrong one is refused with every mistake named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.intake.history.mapping import SHIPPED, MappingError, read_mapping, shipped_names

GOOD: dict[str, Any] = {
    "title": {"zh": "旧系统", "en": "Old system"},
    "times": {"zone": "Asia/Shanghai", "format": "%Y/%m/%d %H:%M"},
    "columns": {"id": ["no"], "received_at": "in", "text": ["text"], "category": ["matter"]},
    "channel": {"column": "by", "codes": {"电话": "phone"}, "own": {"热线": "phone"}},
    "estate": {"otherwise": "cuihu"},
}


def written(folder: Path, content: object, name: str = "old.yaml") -> str:
    file = folder / name
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return str(file)


def problems(name: str) -> str:
    with pytest.raises(MappingError) as caught:
        read_mapping(name)
    return "\n".join(caught.value.problems)


@pytest.mark.parametrize("name", [path.stem for path in sorted(SHIPPED.glob("*.yaml"))])
def test_every_shipped_mapping_can_be_read(name: str) -> None:
    assert read_mapping(name).name == name


def test_a_mapping_of_ones_own_is_called_like_its_file(tmp_path: Path) -> None:
    mapping = read_mapping(written(tmp_path, GOOD))

    assert (mapping.name, mapping.encoding, mapping.delimiter) == ("old", "utf-8", ",")
    assert mapping.kind.otherwise == "complaint"
    assert mapping.own_channels == {"热线": "phone"}


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    assert ", ".join(shipped_names()) in problems("nowhere")


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    wrong = {
        **GOOD,
        "times": {"zone": "Mars/Base", "format": "%H:%M"},
        "columns": {"id": [], "received_at": "in", "category": ["matter"]},
        "channel": {"column": "by", "codes": {"电话": "telefon"}, "own": {"热线": "hotline"}},
        "kind": {"otherwise": "wish"},
        "estate": {"codes": {"翠湖": "cuihu"}},
        "tree": [{"code": "a/b", "kind": "planet", "name": "B"}],
        "file": {"encoding": "klingon", "delimiter": "||"},
        "spare": 1,
    }

    said = problems(written(tmp_path, wrong))

    for place in (
        "times.zone: There is no time zone 'Mars/Base'",
        "times.format: '%H:%M' does not say which day",
        "columns.id: Must not be empty",
        "columns.text: Missing",
        "channel.own.热线.value: No channel of ours",
        "kind: Not known: wish",
        "estate: Name a column",
        "tree.0.code: Write letters",
        "tree.0.kind: Must be one of",
        "file.encoding: There is no encoding 'klingon'",
        "file.delimiter: Must be one character",
        "spare: Unknown field",
    ):
        assert place in said


def test_a_channel_that_is_neither_ours_nor_its_own_is_named(tmp_path: Path) -> None:
    wrong = {**GOOD, "channel": {"column": "by", "codes": {"电话": "telefon"}}}

    assert problems(written(tmp_path, wrong)) == "channel: Not known: telefon. Declare it below 'own'."


def test_what_is_no_yaml_or_has_no_name_is_refused(tmp_path: Path) -> None:
    assert "This is not YAML" in problems(written(tmp_path, "a: [b"))
    assert "small letters" in problems(written(tmp_path, GOOD, "Old System.yaml"))
    assert "Invalid input type" in problems(written(tmp_path, "- a"))
