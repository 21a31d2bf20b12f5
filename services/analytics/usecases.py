"""What analytics is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from services.analytics.domain import COUNTED_KINDS, EXACT_UP_TO, By, Level, Measures, Question, Who, Window
from services.analytics.storage import carries, causes, changes, estates, kpis
from services.analytics.storage import ranking as ranks
from services.analytics.storage.groups import Group
from services.analytics.storage.merged import merged
from services.chassis import dead_letters, generations, replay
from services.chassis.errors import Invalid, NotFound
from services.chassis.events import Catalogue
from services.chassis.scope import within
from services.chassis.unit_of_work import UnitOfWork

#: The name of this service, and of its projection.
SERVICE = "analytics"


_WHY_UNSOLVED = ("status", "clock", "category", "cause")
_WHY_REPEATED = ("category", "cause")


@dataclass(frozen=True)
class Report:
    """Rows of KPIs, and whether their quantiles are exact or `quantiles.ERROR` off at most."""

    exact: bool
    rows: list[dict[str, Any]]


def report(
    connection: Connection, generation: int, question: Question, *, exact_up_to: int = EXACT_UP_TO
) -> Report:
    """The KPIs that a question asks for. About more than `exact_up_to` complaints quantiles are nearly exact."""
    groups, exact = _counted(connection, generation, question, exact_up_to)
    return Report(exact, [_row(group) for group in groups])


def asked(
    connection: Connection,
    *,
    subtree: str,
    scope: str | None,
    window: Window,
    by: By = By.MONTH,
    level: Level = Level.WHOLE,
    kinds: Collection[str],
    monthly: bool = False,
) -> tuple[int, Question]:
    """The question about `scope`, or about the caller's whole `subtree`, and the generation that answers it.

    Raises `NotFound` for a scope outside of it or without any estate, `Invalid` for a window that ends before it starts.
    """
    if window.reversed:
        raise Invalid(fields={"to": ["window_reversed"]})
    generation = generations.current(connection, SERVICE)
    if scope is None:
        scope = subtree
    elif not within(scope, subtree) or not estates.any_within(connection, generation, scope):
        raise NotFound("scope_unknown", scope=scope)
    return generation, Question(scope, window, by, level, frozenset(kinds), monthly)


def unsolved(connection: Connection, generation: int, question: Question) -> dict[str, Any]:
    """What is not solved, and why (R183)."""
    rows = causes.unsolved(connection, generation, question)
    return {"unsolved": _sum(rows), **{f"by_{key}": _tally(rows, key) for key in _WHY_UNSOLVED}}


def repeats(connection: Connection, generation: int, question: Question) -> dict[str, Any]:
    """What repeats, and why (R190, R191)."""
    stale = changes.waiting(connection, generation)
    rows = causes.repeats(connection, generation, question, stale)
    return {
        "repeats": _sum(rows),
        **{f"by_{key}": _tally(rows, key) for key in _WHY_REPEATED},
        "rows": _pairs(rows),
    }


def ranking(
    connection: Connection, generation: int, question: Question, *, who: Who, at_least: int, limit: int
) -> list[dict[str, Any]]:
    """Who solves in time, best first (R195)."""
    rows = ranks.ranking(connection, generation, question, who, at_least=at_least, limit=limit)
    return [dict(row) for row in rows]


def _sum(rows: Iterable[RowMapping]) -> int:
    return sum(row["complaints"] for row in rows)


def _tally(rows: Iterable[RowMapping], key: str) -> list[dict[str, Any]]:
    """How many there are of each key, most first; what has none comes last of its number."""
    counts: Counter[str | None] = Counter()
    for row in rows:
        counts[row[key]] += row["complaints"]
    return [
        {"key": key, "complaints": number}
        for key, number in sorted(counts.items(), key=lambda each: (-each[1], each[0] is None, each[0] or ""))
    ]


def _pairs(rows: Iterable[RowMapping]) -> list[dict[str, Any]]:
    """How many there are of each category and cause together, most first."""
    counts: Counter[tuple[str | None, str | None]] = Counter()
    for row in rows:
        counts[row["category"], row["cause"]] += row["complaints"]
    return [
        {"category": category, "cause": cause, "complaints": number}
        for (category, cause), number in sorted(
            counts.items(), key=lambda each: (-each[1], *(part or "\uffff" for part in each[0]))
        )
    ]


def _counted(
    connection: Connection, generation: int, question: Question, exact_up_to: int
) -> tuple[list[Group], bool]:
    """The groups, and whether their quantiles are exact: then all is counted from the facts."""
    stale = changes.waiting(connection, generation)
    if (
        stale is not None
        and question.kinds == COUNTED_KINDS
        and kpis.more_than(connection, generation, question, exact_up_to)
    ):
        groups = merged(connection, generation, question, stale)
        if groups is not None:
            return groups, False
    return kpis.kpis(connection, generation, question, stale), True


def rebuild(work: UnitOfWork, since: datetime | None = None) -> int:
    """Open a new generation and ask for the archives; returns its number. One that is half built is given up.

    With `since`, complaints received from then on are rebuilt; facts of older ones are carried over as they are.
    """
    generation = replay.request(work, SERVICE, since)
    if since is not None:
        carries.begin(work.connection, generation, since)
    return generation


@dataclass(frozen=True)
class Progress:
    """How far a rebuild is: for each publisher what is yet to arrive, None while it still sends."""

    complete: bool
    replaced: bool
    missing: Mapping[str, int | None]
    dead_letters: int


def progress(connection: Connection, catalogue: Catalogue, generation: int) -> Progress:
    """Whether `generation` is read by now, and what it waits for."""
    complete = generations.current(connection, SERVICE) == generation
    return Progress(
        complete=complete,
        replaced=not complete and generations.building(connection, SERVICE) != generation,
        missing=replay.missing(connection, catalogue, SERVICE, generation),
        dead_letters=dead_letters.count(connection),
    )


def _row(group: Group) -> dict[str, Any]:
    figures: Measures = group.measures
    named: Mapping[str, str] = {} if group.name is None else {"name": group.name}
    monthly: Mapping[str, str] = {} if group.month is None else {"month": group.month}
    return {
        **monthly,
        "key": group.key,
        **named,
        "received": figures.received,
        "valid": figures.valid,
        "resolved": figures.resolved,
        "resolution_ratio": figures.resolution_ratio,
        "repeat_eligible": figures.repeat_eligible,
        "repeats": figures.repeats,
        "repeat_ratio": figures.repeat_ratio,
        "response_seconds": {"median": figures.response_median, "p90": figures.response_p90},
        "resolution_seconds": {
            "mean": figures.resolution_mean,
            "median": figures.resolution_median,
            "p90": figures.resolution_p90,
            "max": figures.resolution_max,
        },
        "satisfaction_ratio": figures.satisfaction_ratio,
        "overdue": figures.overdue,
    }
