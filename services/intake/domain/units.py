"""Which household people mean when they write a unit down: 3栋2单元501室, ３幢2-501, 3号楼二单元501 are one."""

from __future__ import annotations

import re
import unicodedata

#: Words that end a part of a unit: of the building, of the staircase, of the floor. Longest first.
_PART_ENDS = re.compile(r"号楼|栋|幢|座|楼|单元|梯|门|层|BUILDING|UNIT|BLOCK")
#: Words behind a room that say nothing.
_ROOM_ENDS = re.compile(r"(?:号房|号室|室|房|户|号)(?=-|$)")
_SEPARATORS = re.compile(r"[\s\-_/\\,.、，。#:;~—–‐‑−]+")
_LEADING_ZEROS = re.compile(r"(?<![0-9A-Z])0+(?=[0-9])")

_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMERAL = re.compile(r"[一二两三四五六七八九]?十[一二三四五六七八九]?|[零一二两三四五六七八九]+")


def normalise_unit(text: str) -> str:
    """Return a unit's parts joined by hyphens, like `3-2-501`; empty for a text that names nothing."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = _NUMERAL.sub(_arabic, plain)
    parts = _SEPARATORS.sub("-", _PART_ENDS.sub("-", plain)).strip("-")
    rooms = _ROOM_ENDS.sub("", parts)
    return _LEADING_ZEROS.sub("", rooms).strip("-")


def _arabic(found: re.Match[str]) -> str:
    numeral = found[0]
    tens, ten, ones = numeral.partition("十")
    if ten:
        return str(10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0))
    return "".join(str(_DIGITS[digit]) for digit in numeral)
