"""What a report holds: figures as the KPIs have them, beside those of the period and the year before (R192, R194, R197)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from services.analytics import usecases
from services.analytics.domain import By, Level, Question, Who, ratio
from services.analytics.reports.period import Period
from services.analytics.storage import changes, listings

#: Cases to learn from.
MOST_TYPICAL: Final = 10
#: Departments that are ranked, which are few.
_MOST_RANKED: Final = 100
#: What each kind of rows is counted by, in the order of the report.
_TABLES: Final = {
    "by_category": By.CATEGORY,
    "by_estate": By.ESTATE,
    "by_region": By.REGION,
    "by_channel": By.CHANNEL,
    "by_severity": By.SEVERITY,
    "by_department": By.DEPARTMENT,
}

Rows = list[dict[str, Any]]


def made(
    connection: Connection, generation: int, question: Question, period: Period, now: datetime
) -> dict[str, Any]:
    """The report on the complaints of a question in a period, as of `now`."""
    made_of = _Source(connection, generation, question)
    name, zone = listings.place_of(connection, generation, question.scope)
    current = replace(question, window=period.window)
    stale = changes.waiting(connection, generation)
    late, late_total = listings.overdue(connection, generation, current)
    spoken = listings.opinions(connection, generation, current)
    before = made_of.rows(period.before, By.TOTAL)
    tables = {name: made_of.compared(period, by) for name, by in _TABLES.items()}
    groups = made_of.compared(period, By.CATEGORY, Level.GROUP)
    return {
        "period": {
            "kind": period.kind.value,
            "name": period.name,
            "from": period.start,
            "to": period.end,
            "made_at": now.astimezone(ZoneInfo(zone)) if zone else now,
        },
        "scope": question.scope,
        "scope_name": name,
        "overview": {
            "now": _only(made_of.rows(period, By.TOTAL)),
            "before": _only(before),
            "year_before": _only(made_of.rows(period.year_before, By.TOTAL)),
        },
        "exact": made_of.exact,
        "months": made_of.asked(replace(question, window=period.year_until, by=By.MONTH)),
        "by_group": groups,
        **tables,
        "by_building": [dict(row) for row in listings.buildings(connection, generation, current, stale)],
        "repeats": {
            **usecases.repeats(connection, generation, current),
            "places": [dict(row) for row in listings.repeated(connection, generation, current, stale)],
        },
        "overdue": {"total": late_total, "rows": [_case(row) for row in late]},
        "unsolved": usecases.unsolved(connection, generation, current),
        "satisfaction": {**_satisfaction(spoken), "answers": spoken},
        "ranking": usecases.ranking(
            connection, generation, current, who=Who.DEPARTMENT, at_least=1, limit=_MOST_RANKED
        ),
        "typical": [
            _case(row) for row in listings.typical(connection, generation, current, stale, MOST_TYPICAL)
        ],
    }


class _Source:
    """Asks for KPIs, and knows whether all answers were exact."""

    def __init__(self, connection: Connection, generation: int, question: Question) -> None:
        self._connection = connection
        self._generation = generation
        self._question = question
        self.exact = True

    def asked(self, question: Question) -> Rows:
        report = usecases.report(self._connection, self._generation, question)
        self.exact &= report.exact
        return report.rows

    def rows(self, period: Period, by: By, level: Level = Level.WHOLE) -> Rows:
        """The KPIs of a period."""
        return self.asked(replace(self._question, window=period.window, by=by, level=level))

    def compared(self, period: Period, by: By, level: Level = Level.WHOLE) -> Rows:
        """The same, most complaints first, each with how many there were in the period before."""
        before = {row["key"]: row["received"] for row in self.rows(period.before, by, level)}
        rows = [{**row, "received_before": before.get(row["key"], 0)} for row in self.rows(period, by, level)]
        return sorted(rows, key=lambda row: (-row["received"], row["key"] is None, row["key"] or ""))


def _only(rows: Rows) -> dict[str, Any] | None:
    return rows[0] if rows else None


def _satisfaction(spoken: Mapping[str, int]) -> dict[str, Any]:
    said = sum(spoken.values())
    content = said - spoken["dissatisfied"]
    return {"opinions": said, "ratio": ratio(content, said)}


def _case(row: RowMapping) -> dict[str, Any]:
    """A complaint as a report names it: nothing of who complained. Instants are those of its estate."""
    zone = ZoneInfo(row["zone"])
    taken: Sequence[str] = (
        "number",
        "estate",
        "name",
        "category",
        "severity",
        "department",
        "cause",
        "place",
    )
    return {
        **{name: row[name] for name in taken},
        "received_at": row["received_at"].astimezone(zone),
        "status": "resolved" if row["resolved"] else row["status"],
        "clock": row.get("clock"),
        "repeats": row["repeats"],
        "resolution_seconds": row["resolution"],
        "satisfaction": row["satisfaction"],
    }
