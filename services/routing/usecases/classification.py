"""A person corrects what rules decided; the correction is an event like the decision (R59, R70, R73-R78)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.cases import ENDED, Status
from services.routing.domain.severity import BY_PERSON, Fact, facts_of
from services.routing.storage import cases, comparisons, estates, facts, repeats, timeline
from services.routing.usecases import grading
from services.routing.usecases.clocks.recomputing import reclassified
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.grading import Found
from services.routing.usecases.responsibility import answered, tell_who_answers

_DECIDED: Final = ("category", "urgency", "severity")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person decides: a category, an urgency, a severity, any of them None to stay as it is, and why."""

    by: str
    reason: str
    category: str | None = None
    urgency: str | None = None
    severity: str | None = None


def correct(work: UnitOfWork, rules: Rules, number: str, correction: Correction, *, scope: str) -> None:
    """Change what rules decided. The work order stays where it is; a transfer moves it. The reason is masked.

    A severity may become less here and nowhere else. A new category can be a fact that raises it (R67, R68). Raises
    `NotFound`, `Conflict` for a case at its end or a correction that changes nothing, `Invalid` for a category the pack does
    not have.
    """
    if correction.category is not None and correction.category not in rules.pack.categories:
        raise Invalid(fields={"category": ["category_unknown"]})
    case = _lock(work, number, scope)
    wanted = {name: value for name in _DECIDED if (value := getattr(correction, name)) is not None}
    if all(getattr(case, name) == value for name, value in wanted.items()):
        raise Conflict("classification_unchanged")
    severity = wanted.pop("severity", None)
    if wanted:
        before = case.category
        case = _decide(work, rules, case, {**wanted, "pack": rules.pack.version}, correction)
        if case.category != before:
            _compare_anew(work, rules, case._asdict())
            grading.add_facts(work, rules, _of_category(work, rules, case))
    if severity is not None:
        # Last, so that he has weighed what follows from the category.
        _decide(work, rules, _lock(work, number, scope), {"severity": severity}, correction)
        facts.append(work.connection, [_overruled(work, number, severity, correction.by)])


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who says what is known of a case, why, and the subtree he sees."""

    by: str
    reason: str
    scope: str


def report(work: UnitOfWork, rules: Rules, number: str, reported: Sequence[Fact], reporter: Reporter) -> None:
    """A person says what is known of a case (R60-R64, R66-R68); the severity follows. The reason is masked.

    Raises `NotFound`, `Conflict` for a case at its end. What is known already changes nothing.
    """
    _lock(work, number, reporter.scope)
    why = mask(reporter.reason)
    found = [Found(number, fact, "person", by=reporter.by, reason=why) for fact in reported]
    grading.add_facts(work, rules, found)


def _lock(work: UnitOfWork, number: str, scope: str) -> Row[Any]:
    case: Row[Any] | None = cases.lock_one(work.connection, number, scope=scope)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    if Status(case.status) in ENDED:
        raise Conflict("case_already_ended", status=Message(f"case_status_{case.status}"))
    return case


def _decide(
    work: UnitOfWork, rules: Rules, case: Row[Any], wanted: dict[str, str], correction: Correction
) -> Row[Any]:
    """Set what a person wants, and tell it; returns the case as it is then."""
    values = {**wanted, **{f"{name}_rule": BY_PERSON for name in _DECIDED if name in wanted}}
    why = mask(correction.reason)
    cases.change(work.connection, list(values), [{"number": case.number, **values}])
    entry = timeline.entry(case.number, work.now, "classified", by=correction.by, text=why, details=values)
    timeline.append(work.connection, [entry])
    reclassified(work, rules, [case.number])
    told = {**grading.classified(case), **values, "by": correction.by, "reason": why, "at": work.now}
    tell(work, "complaint.classified", case, told)
    changed: Row[Any] = cases.lock(work.connection, [case.number])[case.number]
    tell_who_answers(work, rules, [answered(changed)])
    return changed


def _of_category(work: UnitOfWork, rules: Rules, case: Row[Any]) -> list[Found]:
    place = estates.estates_of(work.connection, [case.estate])[case.estate]
    policy = rules.policies.of(place.path).grading
    return [
        Found(case.number, fact, source)
        for fact, source in facts_of(case.channel, case.category, policy)
        if source == "category"
    ]


def _overruled(work: UnitOfWork, number: str, severity: str, by: str) -> dict[str, Any]:
    return {
        "number": number,
        "name": facts.OVERRULED,
        "value": severity,
        "source": "person",
        "rule": None,
        "by": by,
        "at": work.now,
    }


def _compare_anew(work: UnitOfWork, rules: Rules, case: Mapping[str, Any]) -> None:
    """In another category it repeats others (R190), and may belong with others."""
    connection, number = work.connection, case["number"]
    place = estates.estates_of(connection, [case["estate"]])[case["estate"]]
    repeats.forget(connection, number)
    repeats.note(connection, [repeats.row(case, rules.policies.of(place.path).repeats.within)])
    comparisons.again(connection, number, work.now)
