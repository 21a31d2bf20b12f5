"""Where a complaint says it is, in a form that can be compared (R190)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: 3 栋, 12号楼, A座, 七幢: the number and what makes it one of a building.
_BUILDING: Final = re.compile(
    r"([0-9A-Z]{1,4}|[一二三四五六七八九十]{1,3})\s*[#号]?\s*(?:栋|幢|座|号楼|#楼|楼栋)"
)
_BUILDING_IN_ENGLISH: Final = re.compile(
    r"\b(?:BUILDING|BLOCK|TOWER|BLDG\.?)\s*(?:NO\.?\s*)?([0-9]{1,4}[A-Z]?|[A-Z])\b"
)

_DIGITS: Final = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}


def normalised_place(location: str | None) -> str | None:
    """The place as repeats compare it: upper case, blanks collapsed; None where nothing is left."""
    if location is None:
        return None
    return " ".join(location.upper().split()) or None


def building_of(words: str) -> str | None:
    """The first building that is named, as its bare number or letter; None where none is."""
    plain = unicodedata.normalize("NFKC", words).upper()
    found = _BUILDING.search(plain) or _BUILDING_IN_ENGLISH.search(plain)
    return None if found is None else _bare(found.group(1))


def _bare(name: str) -> str:
    """A number without leading zeros, in Arabic digits."""
    if name.isascii():
        return name.lstrip("0") or "0"
    tens, ten, units = name.rpartition("十")
    if not ten:
        return "".join(str(_DIGITS[digit]) for digit in name)
    return str(10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[units] if units else 0))
