"""How grave a matter is: a pure function of facts and policy (R60-R70).

Facts only ever raise. So the same facts give the same severity in whatever order they become known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.routing.domain.policy.grading import Grading

#: Named as the rule where no fact makes a matter graver than any other (R70).
NO_FACT: Final = "none"
#: Named as the rule where a person decided.
BY_PERSON: Final = "person"

#: A number of households, of yuan or of the round sent back, another complaint's number, a word, or just that it is so.
Value = bool | int | str


class Severity(StrEnum):
    """The fixed scale; what an operator calls its grades is said by the policy section `labels` (R55-R58)."""

    MINOR = "minor"
    IMPORTANT = "important"
    MAJOR = "major"

    @property
    def rank(self) -> int:
        """Its place on the scale, from 0."""
        return _SCALE.index(self)


_SCALE: Final = tuple(Severity)


class FactName(StrEnum):
    """What can make a matter graver. Each is the rule of the same name, gravest first."""

    GROUP_HOUSEHOLDS = "group_households"
    MEDIA = "media"
    BAD_INFLUENCE = "bad_influence"
    INJURY = "injury"
    LOSS = "loss"
    CLAIM_LETTER = "claim_letter"
    SENT_BACK = "sent_back"
    WRITTEN = "written"
    TRANSFERRED_FROM = "transferred_from"
    OVERALL_LEVEL = "overall_level"
    STAFF_CONDUCT = "staff_conduct"
    SECOND_COMPLAINT_OF = "second_complaint_of"


#: R60 a group, R61 the media, R62 bad influence, R63 injury or a larger loss, R64 a lawyer's letter or a claim, R65 sent
#: back unsatisfied. What is not among them makes a matter important: R66 written or transferred, R67 the overall level,
#: R68 conduct of staff, R69 a second complaint.
_MAJOR: Final = frozenset(
    {
        FactName.GROUP_HOUSEHOLDS,
        FactName.MEDIA,
        FactName.BAD_INFLUENCE,
        FactName.INJURY,
        FactName.LOSS,
        FactName.CLAIM_LETTER,
        FactName.SENT_BACK,
    }
)
_ORDER: Final = {name: place for place, name in enumerate(FactName)}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of a matter; `value` is a count for households, yuan for a loss."""

    name: FactName
    value: Value = True


@dataclass(frozen=True, slots=True)
class Grade:
    """A severity, the rule that gives it, and the names of all facts that would."""

    severity: Severity
    rule: str = NO_FACT
    facts: tuple[str, ...] = ()


_MINOR: Final = Grade(Severity.MINOR)


def grade(facts: Iterable[Fact], grading: Grading) -> Grade:
    """The severity that follows from these facts; minor where none counts (R70)."""
    deciding: dict[Severity, set[FactName]] = {}
    for fact in facts:
        deciding.setdefault(_severity(fact, grading), set()).add(fact.name)
    for severity in (Severity.MAJOR, Severity.IMPORTANT):
        if severity in deciding:
            names = sorted(deciding[severity], key=_ORDER.__getitem__)
            return Grade(severity, names[0].value, tuple(name.value for name in names))
    return _MINOR


def settled(decided: Severity | None, since: Iterable[Fact], grading: Grading) -> Grade:
    """The severity where a person decided (`decided`, None where nobody did), given the facts that became known since.

    Who decides has weighed the facts known by then; only later ones raise what he decided.
    """
    found = grade(since, grading)
    if decided is None or found.severity.rank > decided.rank:
        return found
    return Grade(decided, BY_PERSON)


def _severity(fact: Fact, grading: Grading) -> Severity:
    if fact.name is FactName.GROUP_HOUSEHOLDS and int(fact.value) < grading.group_households:
        return Severity.MINOR
    if fact.name is FactName.LOSS and int(fact.value) < grading.loss:
        return Severity.MINOR
    return Severity.MAJOR if fact.name in _MAJOR else Severity.IMPORTANT


def facts_of(channel: str, category: str, grading: Grading) -> list[tuple[Fact, str]]:
    """The facts that channel and category are by themselves, each with where it comes from (R28, R61, R66-R68)."""
    channels, categories = grading.channels, grading.categories
    found = []
    if channel in channels.media:
        found.append((Fact(FactName.MEDIA), "channel"))
    if channel in channels.written:
        found.append((Fact(FactName.WRITTEN), "channel"))
    if channel in channels.transferred_from:
        found.append((Fact(FactName.TRANSFERRED_FROM, channel), "channel"))
    if category in categories.overall_level:
        found.append((Fact(FactName.OVERALL_LEVEL), "category"))
    if category in categories.staff_conduct:
        found.append((Fact(FactName.STAFF_CONDUCT), "category"))
    return found
