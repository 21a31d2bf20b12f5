"""Texts for people in Chinese (first) and English.

A catalogue maps a stable key to its text in every language, side by side, so a missing translation is seen
where it is missing. Texts are templates of ``str.format``; what fills them is never read as a template. Each
service has its own catalogue beside the chassis's; a ``Translator`` joins them once at start-up and refuses
one that is incomplete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

Catalogue = Mapping[str, Mapping[str, str]]

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"


@dataclass(frozen=True)
class Message:
    """A catalogue key with what fills its placeholders."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


#: What stands between the members of a list.
_COMMA = {"zh": "、", "en": ", "}


class CatalogueError(Exception):
    """A catalogue lacks a language, has unequal placeholders, or gives a key twice."""


class Translator:
    """Looks texts up in the joined catalogues."""

    def __init__(self, *catalogues: Catalogue) -> None:
        self._texts: dict[str, Mapping[str, str]] = {}
        for catalogue in catalogues:
            _check(catalogue)
            twice = sorted(self._texts.keys() & catalogue.keys())
            if twice:
                raise CatalogueError(f"given twice: {', '.join(twice)}")
            self._texts.update(catalogue)

    def knows(self, key: str) -> bool:
        """Say whether any catalogue has this key."""
        return key in self._texts

    def text(self, key: str, language: str = DEFAULT_LANGUAGE, **params: object) -> str:
        """Return the text of ``key``; ``KeyError`` if there is none or a placeholder is left unfilled.

        A parameter that is a ``Message``, or a tuple of them, is told in the same language.
        """
        return self._texts[key][language].format(
            **{name: self._told(value, language) for name, value in params.items()}
        )

    def _told(self, value: object, language: str) -> object:
        if isinstance(value, Message):
            return self.text(value.key, language, **value.params)
        if isinstance(value, tuple):
            return _COMMA[language].join(str(self._told(each, language)) for each in value)
        return value


def _check(catalogue: Catalogue) -> None:
    for key, texts in catalogue.items():
        if set(texts) != set(LANGUAGES):
            raise CatalogueError(f"{key}: needs exactly the languages {', '.join(LANGUAGES)}")
        if len({frozenset(placeholders(text)) for text in texts.values()}) != 1:
            raise CatalogueError(f"{key}: the languages have different placeholders")


def placeholders(template: str) -> set[str]:
    """Return the names of the placeholders of a template."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}
