"""How much two complaints speak of one matter: by text, place and time (R60)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.routing.domain.policy.matters import Matters

#: Characters of a text that are compared: people name the matter first, and long texts cost.
COMPARED: Final = 400
#: What the same building counts of what the same place counts.
_BUILDING: Final = 2 / 3

_MARKS: Final = re.compile(r"[\W_]+")

#: How alike two texts are, 0-1; a library's, and so an argument.
Similarity = Callable[[str, str], float]


class Place(StrEnum):
    """What two places have in common."""

    SAME = "same"
    BUILDING = "building"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared of a complaint. `text` is what `plain` makes of it, `place` and `building` may not be known."""

    number: str
    received_at: datetime
    household_id: str | None
    party_id: str | None
    place: str | None
    building: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like an earlier complaint a later one is, 0-1, and why; `place` is None where it is not known of both.

    With `duplicate` it is the same complaint twice, else another one about the same matter.
    """

    number: str
    other: str
    duplicate: bool
    score: float
    text: float
    place: Place | None
    hours: float


def plain(text: str) -> str:
    """A text without all that only sets it: width, case, blanks, punctuation; its beginning."""
    # A text shortens by this to less than a half hardly ever, and looking at all of a long one costs.
    return _MARKS.sub("", unicodedata.normalize("NFKC", text[: 2 * COMPARED])).lower()[:COMPARED]


def likenesses(
    subject: Subject, others: Iterable[Subject], similarity: Similarity, matters: Matters
) -> Sequence[Likeness]:
    """Those of the others that may be about the matter of `subject`, the most alike first.

    Of one household or person it is a duplicate or nothing: that somebody complains again is a repeat (R190) and makes no
    group. Of two it is never a duplicate, however alike: copies of one letter are a group (R60).
    """
    found = (_compared(*_by_time(subject, other), similarity, matters) for other in others)
    return sorted(
        (each for each in found if each is not None), key=lambda each: (-each.score, each.number, each.other)
    )


def _by_time(one: Subject, other: Subject) -> tuple[Subject, Subject]:
    first, second = sorted((one, other), key=lambda each: (each.received_at, each.number))
    return second, first


def _compared(later: Subject, earlier: Subject, similarity: Similarity, matters: Matters) -> Likeness | None:
    text, place = similarity(later.text, earlier.text), _place(later, earlier)
    apart = later.received_at - earlier.received_at
    score = _score(text, place, max(0.0, 1 - apart / matters.within), matters)
    same = _one_complainant(later, earlier)
    duplicate = score >= matters.duplicate and same is not False
    if not duplicate and (same or score < matters.like):
        return None
    hours = apart.total_seconds() / 3600
    return Likeness(later.number, earlier.number, duplicate, score, text, place, hours)


def _place(one: Subject, other: Subject) -> Place | None:
    if one.place is not None and one.place == other.place:
        return Place.SAME
    if one.building is not None and other.building is not None:
        return Place.BUILDING if one.building == other.building else Place.OTHER
    return None


_SHARED: Final = {Place.SAME: 1.0, Place.BUILDING: _BUILDING, Place.OTHER: 0.0}


def _score(text: float, place: Place | None, time: float, matters: Matters) -> float:
    weights = matters.weights
    points, most = weights.text * text + weights.time * time, weights.text + weights.time
    if place is not None:
        points, most = points + weights.place * _SHARED[place], most + weights.place
    return points / most


def _one_complainant(one: Subject, other: Subject) -> bool | None:
    """Whether both are of one household or person; None where that cannot be told."""
    if _known_alike(one.household_id, other.household_id) or _known_alike(one.party_id, other.party_id):
        return True
    households = one.household_id is not None and other.household_id is not None
    people = one.party_id is not None and other.party_id is not None
    return False if households or people else None


def _known_alike(one: str | None, other: str | None) -> bool:
    return one is not None and one == other
