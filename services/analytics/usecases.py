"""What analytics is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.analytics.domain import COUNTED_KINDS, EXACT_UP_TO, By, Level, Measures, Question, Window
from services.analytics.storage import carries, changes, estates, kpis
from services.analytics.storage.groups import Group
from services.analytics.storage.merged import merged
from services.chassis import dead_letters, generations, replay
from services.chassis.errors import Invalid, NotFound
from services.chassis.events import Catalogue
from services.chassis.scope import within
from services.chassis.unit_of_work import UnitOfWork

#: The name of this service, and of its projection.
SERVICE = "analytics"


@dataclass(frozen=True)
class Report:
    """Rows of KPIs, and whether their quantiles are exact or `quantiles.ERROR` off at most."""

    exact: bool
    rows: list[dict[str, Any]]


def report(
    connection: Connection,
    *,
    subtree: str,
    scope: str | None,
    window: Window,
    by: By,
    level: Level,
    kinds: Collection[str],
    monthly: bool = False,
    exact_up_to: int = EXACT_UP_TO,
) -> Report:
    """The KPIs of `scope`, or of the caller's whole `subtree`; with `monthly` for each month.

    About more than `exact_up_to` complaints quantiles are nearly exact.

    Raises `NotFound` for a scope outside of it or without any estate, `Invalid` for a window that ends before it starts.
    """
    if window.reversed:
        raise Invalid(fields={"to": ["window_reversed"]})
    generation = generations.current(connection, SERVICE)
    if scope is None:
        scope = subtree
    elif not within(scope, subtree) or not estates.any_within(connection, generation, scope):
        raise NotFound("scope_unknown", scope=scope)
    question = Question(scope, window, by, level, frozenset(kinds), monthly)
    groups, exact = _counted(connection, generation, question, exact_up_to)
    return Report(exact, [_row(group) for group in groups])


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
