"""Facts of a case, and the severity that follows from them (R60-R70). Nobody lowers one silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.events import Event
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.classification import Decision, Finding
from services.routing.domain.policy.grading import Grading
from services.routing.domain.severity import Fact, FactName, Grade, Severity, facts_of, grade, settled
from services.routing.storage import cases, estates, facts, timeline
from services.routing.usecases.clocks.recomputing import reclassified
from services.routing.usecases.context import Rules, tell
from services.routing.usecases.responsibility import answered, tell_who_answers


@dataclass(frozen=True, slots=True)
class Found:
    """A fact of a case. `source` is where it comes from, `rule` what found it; `by` and `reason` where it was a person.

    `reason` is masked already.
    """

    number: str
    fact: Fact
    source: str
    rule: str | None = None
    by: str | None = None
    reason: str | None = None
    cause: Event | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """What was found of a complaint, and its severity."""

    grade: Grade
    found: tuple[Found, ...]


#: Of most complaints nothing is known that would make them graver (R70).
_ORDINARY: Final = Graded(Grade(Severity.MINOR), ())


def graded(number: str, channel: str, decision: Decision, grading: Grading) -> Graded:
    """The severity of a new complaint by its channel, category and text."""
    found = [Found(number, fact, source) for fact, source in facts_of(channel, decision.category, grading)]
    found += told_by(number, decision.findings)
    if not found:
        return _ORDINARY
    return Graded(grade((each.fact for each in found), grading), tuple(_new(found, {})))


def told_by(number: str, findings: Iterable[Finding], cause: Event | None = None) -> list[Found]:
    """What words of a text tell of a case."""
    return [Found(number, each.fact, "text", each.rule, cause=cause) for each in findings]


def add_facts(work: UnitOfWork, rules: Rules, found: Sequence[Found]) -> None:
    """Record what became known of cases, and raise their severity where that follows. The cases are locked.

    What is known already changes nothing. A severity never becomes less: a person who decided on it has weighed what was
    known by then, and a policy that changed meanwhile decides on what comes only.
    """
    if not found:
        return
    held = cases.lock(work.connection, {each.number for each in found})
    known = facts.of_cases(work.connection, held)
    new = _new(found, known)
    if not new:
        return
    facts.append(work.connection, [row(each, work.now) for each in new])
    timeline.append(work.connection, [_entry(each, work.now) for each in new])
    places = estates.estates_of(work.connection, {held[each.number].estate for each in new})
    changes, entries = [], []
    for number, added in _by_case(new).items():
        case = held[number]
        grading = rules.policies.of(places[case.estate].path).grading
        decided, since = weighed(known.get(number, ()))
        now = settled(decided, [*since, *(each.fact for each in added)], grading)
        if now.severity.rank < Severity(case.severity).rank or now.rule == case.severity_rule:
            continue
        values = {"severity": now.severity.value, "severity_rule": now.rule}
        changes.append({"number": number, **values})
        details = {**values, "severity_facts": now.facts, "severity_before": case.severity}
        entries.append(timeline.entry(number, work.now, "classified", details=details))
        told = {**classified(case), **values, "severity_facts": list(now.facts), "at": work.now}
        tell(work, "complaint.classified", case, told, cause=added[0].cause)
    cases.change(work.connection, ["severity", "severity_rule"], changes)
    timeline.append(work.connection, entries)
    reclassified(work, rules, [change["number"] for change in changes])
    raised = cases.lock(work.connection, [change["number"] for change in changes])
    tell_who_answers(work, rules, [answered(case) for case in raised.values()])


def row(found: Found, now: datetime) -> dict[str, Any]:
    """The row of a fact."""
    return {
        "number": found.number,
        "name": found.fact.name.value,
        "value": found.fact.value,
        "source": found.source,
        "rule": found.rule,
        "by": found.by,
        "at": now,
    }


def weighed(rows: Iterable[Row[Any] | facts.Known]) -> tuple[Severity | None, list[Fact]]:
    """The severity a person decided on last, None if nobody did, and the facts that became known since."""
    decided: Severity | None = None
    since: list[Fact] = []
    for each in rows:
        if each.name == facts.OVERRULED:
            decided, since = Severity(each.value), []
        else:
            since.append(Fact(FactName(each.name), each.value))
    return decided, since


def classified(case: Row[Any]) -> dict[str, Any]:
    """What `complaint.classified` says of a case as it is."""
    return {
        "category": case.category,
        "category_rule": case.category_rule,
        "urgency": case.urgency,
        "urgency_rule": case.urgency_rule,
        "pack": case.pack,
        "severity": case.severity,
        "severity_rule": case.severity_rule,
    }


def _new(found: Sequence[Found], known: dict[str, list[Row[Any]]]) -> list[Found]:
    seen = {(number, each.name, each.value) for number, rows in known.items() for each in rows}
    new = []
    for each in found:
        key = (each.number, each.fact.name.value, each.fact.value)
        if key not in seen:
            seen.add(key)
            new.append(each)
    return new


def _by_case(found: Sequence[Found]) -> dict[str, list[Found]]:
    by_case: dict[str, list[Found]] = {}
    for each in found:
        by_case.setdefault(each.number, []).append(each)
    return by_case


def _entry(found: Found, now: datetime) -> dict[str, Any]:
    return timeline.entry(
        found.number, now, "fact_found", by=found.by, text=found.reason, details=described(found)
    )


def described(found: Found) -> dict[str, Any]:
    """A fact as the timeline tells it."""
    return {
        "name": found.fact.name.value,
        "value": found.fact.value,
        "source": found.source,
        "rule": found.rule,
    }
