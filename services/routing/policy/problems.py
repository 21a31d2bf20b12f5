"""What is wrong with a policy document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.chassis.errors import FieldMessage
from services.chassis.i18n import Message

#: The way to a value: the keys of mappings, and places in lists from 0.
Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One mistake: where, and what it is and what is allowed instead. `path` is the place whose policy it spoils."""

    keys: Keys
    message: FieldMessage
    path: str | None = None

    @property
    def name(self) -> str:
        """The way as people write it, `grading.loss`."""
        return ".".join(str(key) for key in self.keys)


def flattened(messages: Any, keys: Keys = ()) -> Iterator[Problem]:
    """marshmallow's nested messages, one by one."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            # marshmallow files what concerns a whole mapping under "_schema".
            yield from flattened(inner, keys if key == "_schema" else (*keys, key))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield Problem(keys, message if isinstance(message, Message) else str(message))
