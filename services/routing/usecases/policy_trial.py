"""What complaints would have got under another policy, against what they got. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from services.routing.domain.clocks import ClockName
from services.routing.domain.clocks.matters import Matter
from services.routing.domain.clocks.regime import Holidays, Limit, Regime
from services.routing.domain.policy.policy import Policy
from services.routing.domain.rules import Urgency
from services.routing.domain.severity import Grade, Severity, facts_of, settled
from services.routing.policy.holding import Documents
from services.routing.storage import facts
from services.routing.storage.estates import Estate
from services.routing.usecases.grading import weighed
from services.routing.usecases.regimes import Regimes

#: Examples named of each change.
MOST_EXAMPLES: Final = 3

#: The calendar has kept its name, and no longer its hours.
_CHANGED: Final = " (工作时间有变 | other hours)"

#: Where facts come from that follow from the policy itself; all others were found whatever it says.
_BY_POLICY: Final = frozenset({"channel", "category"})


@dataclass(slots=True)
class Change:
    """How many complaints would have got `after` in place of `before`, and the numbers of the first."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Trial:
    """What was compared: how many complaints, and each change by what changes, `before` and `after`."""

    complaints: int = 0
    changes: dict[tuple[str, str, str], Change] = field(default_factory=dict)

    def note(self, what: str, before: str, after: str, number: str) -> None:
        """Count a complaint, if anything changes."""
        if before == after:
            return
        change = self.changes.setdefault((what, before, after), Change())
        change.count += 1
        if len(change.examples) < MOST_EXAMPLES:
            change.examples.append(number)


def attempt(
    connection: Connection,
    today: Documents,
    wanted: Documents,
    holidays: Holidays,
    *,
    since: datetime,
    scope: str,
) -> Trial:
    """Compare the complaints of a subtree received since an instant, oldest first: their grades, and how long clocks may run.

    They are read piece by piece, so it does not matter how many they are.
    """
    trial = Trial()
    running, proposed = Regimes(today.of, holidays), Regimes(wanted.of, holidays)
    for row in facts.with_cases(connection, since=since, scope=scope):
        trial.complaints += 1
        before, after = today.of(row.path), wanted.of(row.path)
        grade = _grade(row, after)
        trial.note("severity", row.severity, grade.severity.value, row.number)
        trial.note(
            "grade",
            before.labels.of_severity(Severity(row.severity)).zh,
            after.labels.of_severity(grade.severity).zh,
            row.number,
        )
        urgency = Urgency(row.urgency)
        trial.note(
            "urgency", before.labels.of_urgency(urgency).zh, after.labels.of_urgency(urgency).zh, row.number
        )
        place = Estate(row.estate, row.path, row.zone)
        matter = Matter(row.category, row.urgency, row.severity, row.channel)
        limits = running.of(place), matter
        others = proposed.of(place), replace(matter, severity=grade.severity.value)
        for clock in ClockName:
            _compare_limits(trial, clock, row.number, limits, others)
    return trial


def _compare_limits(
    trial: Trial, clock: ClockName, number: str, now: tuple[Regime, Matter], then: tuple[Regime, Matter]
) -> None:
    before, after = (regime.limit(clock, matter) for regime, matter in (now, then))
    same_name = before and after and before.timetable.calendar.name == after.timetable.calendar.name
    other_hours = before and after and before.timetable.version != after.timetable.version
    changed = _CHANGED if same_name and other_hours else ""
    trial.note(f"clock {clock.value}", _limit(before), _limit(after) + changed, number)


def _limit(limit: Limit | None) -> str:
    if limit is None:
        return "—"
    hours, minutes = divmod(int(limit.target.total_seconds()) // 60, 60)
    length = (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
    return f"{length} {limit.timetable.calendar.name}"


def _grade(row: Row[Any], policy: Policy) -> Grade:
    known = [facts.Known(*each) for each in row.facts or ()]
    decided, since = weighed(known)
    if decided is None:
        _, since = weighed(each for each in known if each.source not in _BY_POLICY)
        since += [fact for fact, _ in facts_of(row.channel, row.category, policy.grading)]
    return settled(decided, since, policy.grading)
