"""A complaint becomes a case: classified, given to a person, its clocks started, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.chassis.errors import NotFound
from services.chassis.events import Event
from services.chassis.ids import new_id
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.classification import Decision, Facts, classify
from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.matters import Matter
from services.routing.domain.clocks.regime import Regime
from services.routing.domain.places import normalised_place
from services.routing.domain.rules import Pack
from services.routing.domain.work_orders import Status
from services.routing.storage import comparisons, estates, repeats, tables, timeline
from services.routing.storage.estates import Estate
from services.routing.usecases import after_hours, grading
from services.routing.usecases.after_hours import Duty
from services.routing.usecases.clocks.moments import DUE_ON_ORDERS
from services.routing.usecases.clocks.starting import Start, started
from services.routing.usecases.clocks.telling import tell_breach
from services.routing.usecases.context import Rules
from services.routing.usecases.dispatch import Roster, assigned, assigned_entry, roster
from services.routing.usecases.grading import Graded
from services.routing.usecases.responsibility import Answered, tell_who_answers

#: What a case takes over from the event as it is.
_TAKEN_OVER = (
    "number",
    "estate",
    "channel",
    "kind",
    "text",
    "demand",
    "location",
    "anonymous",
    "party_id",
    "household_id",
    "receiver",
    "received_at",
    "recorded_at",
)


@dataclass(frozen=True, slots=True)
class Registration:
    """One complaint of the batch with what was decided about it.

    `assignee` is None while nobody is on shift; `hand_over_at` is there if it is a duty leader after hours (R43, R44).
    """

    event: Event
    decision: Decision
    graded: Graded
    department: str
    assignee: str | None
    hand_over_at: datetime | None
    work_order_id: str
    clocks: tuple[dict[str, Any], ...]

    @property
    def number(self) -> str:
        """The number of the complaint."""
        return self.event.subject

    @property
    def estate(self) -> str:
        """The code of its estate."""
        estate: str = self.event.data["estate"]
        return estate

    @property
    def historical(self) -> bool:
        """Whether it is told of the past."""
        return self.event.historical


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may take new complaints: the people of the departments and, where it is after hours, who is on duty."""

    departments: Roster
    after_hours: Mapping[str, Duty]


def taken_over(data: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a case that `complaint.registered` gives."""
    given = {name: data.get(name) for name in _TAKEN_OVER}
    return {**given, "place": normalised_place(given["location"])}


def register(events: Sequence[Event], work: UnitOfWork, rules: Rules) -> None:
    """Open the cases of these complaints, the oldest first.

    Raises `NotFound` where an estate was not heard of yet: the complaint then waits for it (DESIGN §2.5).
    """
    codes = {event.data["estate"] for event in events}
    places = estates.estates_of(work.connection, codes)
    if missing := codes - places.keys():
        raise NotFound("estate_unknown", estate=min(missing))
    ordered = sorted(events, key=lambda event: (event.data["recorded_at"], event.subject))
    decisions = [_classify(rules.pack, event.data, places[event.data["estate"]]) for event in ordered]
    on_duty = roster(work.connection, places.values(), {each.department for each in decisions}, work.now)
    regimes = {code: rules.regimes.of(place) for code, place in places.items()}
    rules.regimes.keep_timetables(work, regimes.values())
    staff = Staff(on_duty, after_hours.on_duty(work.connection, rules, places.values(), work.now))
    batch = [
        _assign(event, decision, staff, places[event.data["estate"]], regimes, rules, work.now)
        for event, decision in zip(ordered, decisions, strict=True)
    ]
    rows = [_case(each) for each in batch]
    _write(batch, rows, work, rules)
    for registration in batch:
        _tell(registration, work, rules)
    # What follows in the same transaction may concern these cases.
    work.flush()
    tell_who_answers(work, rules, [_answered(each) for each in batch])
    within = {code: rules.policies.of(place.path).repeats.within for code, place in places.items()}
    repeats.note(work.connection, [repeats.row(case, within[case["estate"]]) for case in rows])


def _answered(each: Registration) -> Answered:
    return Answered(
        each.number,
        each.estate,
        each.decision.category,
        each.graded.grade.severity.value,
        each.decision.urgency.value,
        each.historical,
        each.event,
    )


def _classify(pack: Pack, data: Mapping[str, Any], estate: Estate) -> Decision:
    facts = Facts(
        text=data["text"],
        channel=data["channel"],
        kind=data["kind"],
        month=data["received_at"].astimezone(ZoneInfo(estate.zone)).month,
        category=data.get("category"),
    )
    return classify(pack, facts)


def _assign(
    event: Event,
    decision: Decision,
    staff: Staff,
    estate: Estate,
    regimes: Mapping[str, Regime],
    rules: Rules,
    now: datetime,
) -> Registration:
    policy = rules.policies.of(estate.path)
    severity = grading.graded(event.subject, event.data["channel"], decision, policy.grading)
    department = staff.departments.department(estate, decision.department)
    duty = None if event.historical else staff.after_hours.get(estate.code)
    leader = duty.take(estate) if duty else None
    assignee = leader or staff.departments.take(estate, department)
    matter = Matter(
        decision.category, decision.urgency.value, severity.grade.severity.value, event.data["channel"]
    )
    clocks = _clocks(event, matter, regimes[estate.code], now, given=now if assignee else None)
    hand_over_at = duty.opens_at if duty and leader else None
    return Registration(event, decision, severity, department, assignee, hand_over_at, new_id(), clocks)


def _write(
    batch: Sequence[Registration], cases: Sequence[dict[str, Any]], work: UnitOfWork, rules: Rules
) -> None:
    now = work.now
    entries = timeline.begun(cases, (row for each in batch for row in _entries(each, now)))
    work.add(tables.cases, cases)
    work.add(tables.work_orders, (_work_order(each, rules, now) for each in batch))
    work.add(tables.clocks, (row for each in batch for row in each.clocks))
    work.add(tables.timeline, entries)
    work.add(
        tables.comparisons,
        (
            comparisons.row(each.number, now, each.event.data.get("unhappy_with"))
            for each in batch
            if not each.historical
        ),
    )
    work.add(tables.case_facts, (grading.row(found, now) for each in batch for found in each.graded.found))


def _case(each: Registration) -> dict[str, Any]:
    decision = each.decision
    row = taken_over(each.event.data)
    row.update(
        category=decision.category,
        category_rule=decision.category_rule,
        urgency=decision.urgency.value,
        urgency_rule=decision.urgency_rule,
        severity=each.graded.grade.severity.value,
        severity_rule=each.graded.grade.rule,
        pack=decision.pack_version,
        status="assigned" if each.assignee else "received",
        round=1,
        historical=each.historical,
    )
    return row


def _work_order(each: Registration, rules: Rules, now: datetime) -> dict[str, Any]:
    return {
        "id": each.work_order_id,
        "number": each.number,
        "estate": each.estate,
        "round": 1,
        "department": each.department,
        "assignee": each.assignee,
        "status": (Status.ASSIGNED if each.assignee else Status.OPEN).value,
        "created_at": now,
        "due_at": min(
            (clock["due_at"] for clock in each.clocks if clock["name"] in DUE_ON_ORDERS), default=now
        ),
        "assigned_at": now if each.assignee else None,
        "retry_at": None if each.assignee else now + rules.dispatch_retry,
        "hand_over_at": each.hand_over_at,
    }


def _clocks(
    event: Event, matter: Matter, regime: Regime, now: datetime, *, given: datetime | None
) -> tuple[dict[str, Any], ...]:
    number, data = event.subject, event.data
    received, recorded = data["received_at"], data["recorded_at"]
    starts = [
        Start(number, ClockName.RECORD, received, stopped_at=recorded),
        Start(number, ClockName.DISPATCH, recorded, stopped_at=given),
        Start(number, ClockName.ANSWER, received),
        Start(number, ClockName.FOLLOW_UP, recorded),
        Start(number, ClockName.SOLVE, received),
    ]
    if given:
        starts.append(Start(number, ClockName.ARRIVE, given))
    rows = (started(start, regime, matter, now, historical=event.historical) for start in starts)
    return tuple(row for row in rows if row is not None)


def _entries(each: Registration, now: datetime) -> list[dict[str, Any]]:
    decision = each.decision
    details = {
        "category": decision.category,
        "category_rule": decision.category_rule,
        "category_words": decision.category_words,
        "urgency": decision.urgency.value,
        "urgency_rule": decision.urgency_rule,
        "urgency_words": decision.urgency_words,
        "severity": each.graded.grade.severity.value,
        "severity_rule": each.graded.grade.rule,
        "severity_facts": [grading.described(found) for found in each.graded.found],
        "pack": decision.pack_version,
    }
    entries = [timeline.entry(each.number, now, "classified", details=details)]
    if each.assignee:
        entries.append(assigned_entry(each.number, now, each.work_order_id, each.department, each.assignee))
    return entries


def _tell(each: Registration, work: UnitOfWork, rules: Rules) -> None:
    decision, data = each.decision, each.event.data
    classified = {
        "number": each.number,
        "category": decision.category,
        "urgency": decision.urgency.value,
        "category_rule": decision.category_rule,
        "urgency_rule": decision.urgency_rule,
        "pack": decision.pack_version,
        "severity": each.graded.grade.severity.value,
        "severity_rule": each.graded.grade.rule,
        "severity_facts": list(each.graded.grade.facts),
        "at": work.now,
    }
    work.record("complaint.classified", each.number, classified, estate=each.estate, cause=each.event)
    if each.assignee:
        given = assigned(each.work_order_id, each.department, each.assignee, data.get("party_id"), work.now)
        work.record(
            "workorder.assigned",
            each.number,
            {"number": each.number, **given},
            estate=each.estate,
            cause=each.event,
        )
    for clock in each.clocks:
        if clock["breached_at"] is not None:
            tell_breach(work, rules.metrics, each, clock, cause=each.event)
    if not each.historical:
        work.after_commit(rules.metrics.registered(data["channel"], decision.category))
