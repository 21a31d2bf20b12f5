"""Finding the words of a rule pack in a text, once for all rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

ANY_ENDING: Final = "*"
#: Words are looked up by their first two characters, so a word cannot be shorter.
SHORTEST: Final = 2

#: Full-width letters and digits, radicals and compatibility ideographs: what has another form (NFKC) and
#: can be part of a word. Normalising every text for its full-width commas alone would take half the time.
_OTHER_FORMS: Final = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u2e80-\u2fdf\uf900-\ufaff]")


@dataclass(slots=True)
class Hit:
    """Where a word of the vocabulary occurs: its first position and how often."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A word and how its borders are checked: letters must not run on into another word."""

    word: str
    letters: str
    open_start: bool
    open_end: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every word of a pack, ready to be found in one pass over a text.

    At each position the longest word wins and is consumed: in 停车费太贵 the word 停车费 is found, 停车
    is not. That is how a pack tells apart words that contain each other, and how its neutral words
    (phrases that mean nothing, such as 停电梯) keep shorter words from being found inside them.

    Words of Latin letters match whole words only; a trailing ``*`` allows any ending (``leak*``).
    """

    _entries: dict[str, tuple[_Entry, ...]]
    _starts: re.Pattern[str]
    _variants: dict[int, str]
    _variant: re.Pattern[str]

    @classmethod
    def of(cls, words: Iterable[str], variants: Mapping[str, str]) -> Vocabulary:
        """Build from `words`; `variants` maps single characters to those the words are written in.

        Raises ValueError for a word shorter than two characters.
        """
        by_start: dict[str, list[_Entry]] = {}
        table = str.maketrans(dict(variants))
        for word in sorted(set(words), key=lambda word: (-len(word), word)):
            letters = letters_of(word, table)
            if len(letters) < SHORTEST:
                raise ValueError(f"the word {word!r} is too short: give at least {SHORTEST} characters")
            entry = _Entry(
                word,
                letters,
                open_start=not _is_latin(letters[0]),
                open_end=word.endswith(ANY_ENDING) or not _is_latin(letters[-1]),
            )
            by_start.setdefault(letters[:SHORTEST], []).append(entry)
        entries = {
            start: tuple(sorted(found, key=lambda entry: -len(entry.letters)))
            for start, found in by_start.items()
        }
        starts = f"{_one_of(start[0] for start in entries)}(?={_one_of(start[1] for start in entries)})"
        return cls(entries, re.compile(starts), table, re.compile(_one_of(variants)))

    def normalise(self, text: str) -> str:
        """Full width to half width, one case, blanks collapsed, character variants made alike."""
        plain = _plain(text)
        return plain.translate(self._variants) if self._variant.search(plain) else plain

    def hits(self, text: str) -> dict[str, Hit]:
        """The words found in `text`, which must be normalised, in the order of their first position."""
        found: dict[str, Hit] = {}
        entries = self._entries
        consumed = 0
        for start in self._starts.finditer(text):
            position = start.start()
            candidates = entries.get(text[position : position + SHORTEST])
            if candidates is None or position < consumed:
                continue
            for entry in candidates:
                end = position + len(entry.letters)
                if text.startswith(entry.letters, position) and _fits(entry, text, position, end):
                    hit = found.setdefault(entry.word, Hit(position, 0))
                    hit.count += 1
                    consumed = end
                    break
        return found


def letters_of(word: str, table: Mapping[int, str]) -> str:
    """What is looked for in a text to find `word`; `table` comes from `str.maketrans`.

    Two words of the same letters cannot be told apart: only one of them would be found.
    """
    return _plain(word.removesuffix(ANY_ENDING)).translate(table)


def _plain(text: str) -> str:
    if _OTHER_FORMS.search(text):
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.lower().split())


def _one_of(characters: Iterable[str]) -> str:
    """A pattern for one of `characters`; without any, one that never matches."""
    members = "".join(re.escape(character) for character in sorted(set(characters)))
    return f"[{members}]" if members else "(?!)"


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _fits(entry: _Entry, text: str, start: int, end: int) -> bool:
    if not entry.open_start and start > 0 and _is_latin(text[start - 1]):
        return False
    return entry.open_end or end == len(text) or not _is_latin(text[end])
