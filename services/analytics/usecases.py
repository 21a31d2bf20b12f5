"""What analytics is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.analytics.domain import By, Level, Measures, Window
from services.analytics.storage import carries, estates, kpis
from services.analytics.storage.kpis import Group
from services.chassis import dead_letters, generations, replay
from services.chassis.errors import Invalid, NotFound
from services.chassis.events import Catalogue
from services.chassis.scope import within
from services.chassis.unit_of_work import UnitOfWork

#: The name of this service, and of its projection.
SERVICE = "analytics"


def report(
    connection: Connection,
    *,
    subtree: str,
    scope: str | None,
    window: Window,
    by: By,
    level: Level,
    kinds: Sequence[str],
) -> list[dict[str, Any]]:
    """The KPI rows of `scope`, or of the caller's whole `subtree`.

    Raises `NotFound` for a scope outside of it or without any estate, `Invalid` for a window that ends before it starts.
    """
    if window.reversed:
        raise Invalid(fields={"to": ["window_reversed"]})
    generation = generations.current(connection, SERVICE)
    if scope is None:
        scope = subtree
    elif not within(scope, subtree) or not estates.any_within(connection, generation, scope):
        raise NotFound("scope_unknown", scope=scope)
    groups = kpis.kpis(connection, generation, scope=scope, window=window, by=by, level=level, kinds=kinds)
    return [_row(group) for group in groups]


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
    return {
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
