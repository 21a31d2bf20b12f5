"""Reading a mapping: a YAML file of ours by its name, or anybody's by its path."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

import yaml
from marshmallow import ValidationError

from services.chassis.faults import lines_of
from services.intake.domain.history import Choice, Columns, HistoryMapping
from services.intake.domain.tree import NodeRow
from services.intake.history.mapping_schemas import MappingSchema

SHIPPED: Final = Path(__file__).parents[1] / "mappings"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class MappingError(ValueError):
    """A mapping cannot be used; `problems` are sentences for the person who writes it."""

    def __init__(self, file: str, problems: list[str]) -> None:
        super().__init__(f"{file}:\n" + "\n".join(f"- {line}" for line in problems))
        self.problems = tuple(problems)


def shipped_names() -> list[str]:
    """The mappings that come with Linli."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def read_mapping(name: str) -> HistoryMapping:
    """The mapping shipped as `name`, or the one in the YAML file of that path. Raises `MappingError` with every mistake.

    Its name, which is that of the file, and the ids of its rows are what a complaint is known by for ever.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else SHIPPED / f"{name}.yaml"
    if not path.is_file():
        raise MappingError(
            name,
            [
                f"There is no such mapping. Take {', '.join(shipped_names())}, or give the path of a YAML file."
            ],
        )
    if not _NAME.fullmatch(path.stem):
        raise MappingError(
            name, ["Name the file with small letters, digits, '-' and '_', at most 40 characters."]
        )
    content = path.read_bytes()
    return _mapping(path.stem, hashlib.sha256(content).hexdigest(), _loaded(path.name, content))


def _loaded(file: str, content: bytes) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = MappingSchema().load(yaml.safe_load(content))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(file, [f"This is not YAML: {error}. Mend the place named."]) from error
    except ValidationError as error:
        raise MappingError(file, lines_of(error.messages)) from error
    return loaded


def _mapping(name: str, digest: str, loaded: dict[str, Any]) -> HistoryMapping:
    own: dict[str, str] = loaded["channel"].pop("own")
    columns: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in loaded["columns"].items()
    }
    return HistoryMapping(
        name=name,
        digest=digest,
        encoding=loaded["file"]["encoding"],
        delimiter=loaded["file"]["delimiter"],
        zone=loaded["times"]["zone"],
        time_format=loaded["times"]["format"],
        columns=Columns(**columns),
        kind=Choice(**loaded["kind"]),
        channel=Choice(**loaded["channel"]),
        estate=Choice(**loaded["estate"]),
        own_channels=own,
        tree=tuple(NodeRow(line=line, **node) for line, node in enumerate(loaded["tree"], 1)),
    )
