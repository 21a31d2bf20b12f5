"""The clocks of a case with the reasons of their verdicts, each by the timetable it was computed with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.routing.domain.clocks.record import Judgement, judge
from services.routing.domain.clocks.regime import Regime
from services.routing.storage import clocks as rows
from services.routing.storage.estates import Estate
from services.routing.usecases.clocks.computing import pauses_from, record_of
from services.routing.usecases.context import Rules


@dataclass(frozen=True, slots=True)
class Explained:
    """A clock, how it stands and why, and its pauses."""

    row: Mapping[str, Any]
    judgement: Judgement
    pauses: Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """All clocks of a case, in the order they started, and what holds for its estate now."""

    clocks: Sequence[Explained]
    regime: Regime
    estate: Estate


def explained(
    connection: Connection, rules: Rules, case: Mapping[str, Any], estate: Estate, now: datetime
) -> CaseClocks:
    """The clocks of a case, as `cases.find` found it, at `now`.

    A verdict of the past stays what it was, whatever calendars say today.
    """
    number = case["number"]
    regime = rules.regimes.of(estate)
    clocks = rows.of_case(connection, number)
    pauses = rows.pauses_of(connection, [number]) if case["has_pauses"] else {}
    timetables = rules.regimes.timetables(connection, regime, {clock["calendar"] for clock in clocks})
    return CaseClocks(
        [
            Explained(
                clock,
                judge(record_of(dict(clock), pauses_from(kept)), timetables[clock["calendar"]], now),
                kept,
            )
            for clock in clocks
            for kept in [pauses.get((number, clock["name"], clock["occurrence"]), [])]
        ],
        regime,
        estate,
    )
