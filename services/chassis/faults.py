"""What is wrong with a document that a person wrote, as lines he can go through."""

from __future__ import annotations

from typing import Any


def lines_of(messages: Any, path: str = "") -> list[str]:
    """Marshmallow's nested messages as one line for each field."""
    if isinstance(messages, dict):
        return [
            line
            for key, value in messages.items()
            for line in lines_of(value, path if key == "_schema" else f"{path}.{key}".lstrip("."))
        ]
    if isinstance(messages, list):
        return [line for value in messages for line in lines_of(value, path)]
    return [f"{path}: {messages}" if path else str(messages)]
