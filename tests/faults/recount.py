"""The figures of analytics counted once more, from what intake and routing hold (RELIABILITY F5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median
from typing import Any

from sqlalchemy import text

from services.contracts.states import Status
from tests.faults.view import View

#: Those of the group that residents complain to: replayed histories of other groups are not in its figures.
_COMPLAINTS = """
    SELECT number, estate, channel, withdrawn_at
    FROM complaints JOIN nodes ON nodes.code = complaints.estate
    WHERE complaints.kind = 'complaint' AND path LIKE 'linli/%'
"""
_CASES = "SELECT number, category, status, received_at, answered_at, resolved_at FROM cases"
#: Digits of seconds that two ways of adding them up agree in.
_DIGITS = 3


@dataclass(frozen=True)
class Recount:
    """The rows of `/api/analytics/kpis` as far as they are counted here, by key."""

    estates: Mapping[str, Mapping[str, Any]]
    categories: Mapping[str, int]
    channels: Mapping[str, int]


def recount(view: View) -> Recount:
    """Count everything anew."""
    with view.read("intake") as connection:
        complaints = {row.number: row for row in connection.execute(text(_COMPLAINTS))}
    with view.read("routing") as connection:
        cases = {row.number: row for row in connection.execute(text(_CASES)) if row.number in complaints}
    by_estate: dict[str, list[str]] = {}
    for number, complaint in complaints.items():
        by_estate.setdefault(complaint.estate, []).append(number)
    return Recount(
        {
            estate: _counted([cases[number] for number in numbers], complaints)
            for estate, numbers in by_estate.items()
        },
        Counter(case.category for case in cases.values()),
        Counter(complaint.channel for complaint in complaints.values()),
    )


def shown(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same figures as analytics shows them, by key."""
    return {
        row["key"]: {
            "received": row["received"],
            "valid": row["valid"],
            "resolved": row["resolved"],
            "response": _rounded(row["response_seconds"]["median"]),
            "resolution": _rounded(row["resolution_seconds"]["mean"]),
        }
        for row in rows
    }


def _counted(cases: list[Any], complaints: Mapping[str, Any]) -> dict[str, Any]:
    valid = [
        case
        for case in cases
        if complaints[case.number].withdrawn_at is None and case.status != Status.INVALID
    ]
    # What was closed early was not resolved.
    resolved = [
        case for case in valid if case.status in (Status.RESOLVED, Status.CLOSED) and case.resolved_at
    ]
    responses = _seconds(valid, "answered_at")
    resolutions = _seconds(resolved, "resolved_at")
    return {
        "received": len(cases),
        "valid": len(valid),
        "resolved": len(resolved),
        "response": _rounded(median(responses) if responses else None),
        "resolution": _rounded(fmean(resolutions) if resolutions else None),
    }


def _seconds(cases: Iterable[Any], until: str) -> list[float]:
    ends: list[tuple[datetime, datetime | None]] = [
        (case.received_at, getattr(case, until)) for case in cases
    ]
    return [(end - start).total_seconds() for start, end in ends if end is not None]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, _DIGITS)
