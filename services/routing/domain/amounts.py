"""Amounts of money and numbers of households in what people write, for the facts that are counts (R60, R63)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "几": 1}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_NUMBER: Final = r"(\d[\d,]*(?:\.\d+)?|[零一二两三四五六七八九十百千万几]+)"
_SENTENCE_ENDS: Final = re.compile(r"[。！？；;!?\n]|\.(?= |$)")
_MONEY: Final = re.compile(
    rf"{_NUMBER}\s*(万|千|百)?[多余]?\s*(?:元|块|rmb|yuan|cny)|(?:rmb|cny|¥|￥)\s*{_NUMBER}"
)
_HOUSEHOLDS: Final = re.compile(
    rf"{_NUMBER}[多余]?\s*(?:户|家住户|家业主|位业主|名业主|households|families|owners)"
)
_MULTIPLES: Final = {"万": 10_000, "千": 1000, "百": 100}


def yuan(text: str, words: Collection[str]) -> int | None:
    """The largest amount of money in a sentence with one of `words`; None where none is named. `text` is normalised."""
    amounts = [
        _value(found[1] or found[3]) * _MULTIPLES.get(found[2] or "", 1)
        for sentence in _sentences(text, words)
        for found in _MONEY.finditer(sentence)
    ]
    return int(max(amounts)) if amounts else None


def households(text: str, words: Collection[str]) -> int | None:
    """The largest number of households in a sentence with one of `words`; None where none is named."""
    numbers = [
        _value(found[1]) for sentence in _sentences(text, words) for found in _HOUSEHOLDS.finditer(sentence)
    ]
    return int(max(numbers)) if numbers else None


def _sentences(text: str, words: Collection[str]) -> list[str]:
    plain = [word.removesuffix("*") for word in words]
    return [part for part in _SENTENCE_ENDS.split(text) if any(word in part for word in plain)]


def _value(number: str) -> float:
    """A number in digits or in Chinese; 十几 is at least 11, 几十 at least 10."""
    if number[0].isascii():
        return float(number.replace(",", ""))
    total, digit = 0, 0
    for character in number:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        elif character == "万":
            total, digit = ((total + digit) or 1) * 10_000, 0
        else:
            digit = _DIGITS[character]
    return total + digit
