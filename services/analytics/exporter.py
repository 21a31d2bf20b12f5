"""Shows the counted figures to Prometheus, and counts them anew every few seconds (DESIGN §5).

Counting is for the worker, showing for `/metrics`: a scrape reads a few hundred rows and never the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from services.analytics.domain import COUNTED_KINDS
from services.analytics.metrics import COUNTS, FIGURES, LABELS, Gauge
from services.analytics.storage import changes, rollups
from services.analytics.storage.rollups import Rollup
from services.analytics.usecases import SERVICE
from services.chassis import generations
from services.chassis.database import Database
from services.chassis.loops import Loop
from services.chassis.platform import Platform

_log = structlog.get_logger(__name__)


def collector(platform: Platform) -> Collector:
    """What to register so that `/metrics` shows the figures."""
    return RollupCollector(platform.database)


def counting(database: Database, every: timedelta) -> Loop:
    """The loop that counts the figures; with several workers, one of them at a time."""

    def step() -> bool:
        with database.begin() as work:
            if rollups.take_turn(work.connection, work.now, every):
                generation = generations.current(work.connection, SERVICE)
                stale = changes.waiting(work.connection, generation)
                rollups.count(work.connection, generation, work.now, COUNTED_KINDS, stale)
        return False

    return Loop(f"{SERVICE}.rollups", step, pause=every.total_seconds())


class RollupCollector(Collector):
    """Reads what was counted last at each scrape."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        """The names, known without a database."""
        return families([])

    def collect(self) -> Iterator[Metric]:
        """The gauges; none while the database is away, so that the other metrics are still shown."""
        try:
            with self._database.read() as connection:
                counted = rollups.counted(connection)
        except SQLAlchemyError as error:
            _log.warning("rollups_unread", error=type(error).__name__)
            return
        yield from families(counted)


def families(counted: Iterable[Rollup]) -> list[Metric]:
    """One family for each gauge and level."""
    made: dict[str, GaugeMetricFamily] = {}
    for level, labels in LABELS.items():
        for gauge in (*COUNTS, *FIGURES) if level == "estate" else FIGURES:
            names = [*labels, "window", *(["quantile"] if gauge.quantile else [])]
            name = f"linli_{level}_{gauge.name}"
            made.setdefault(name, GaugeMetricFamily(name, gauge.documentation, labels=names))
            for rollup in counted:
                _add(made[name], gauge, rollup, level)
    return list(made.values())


def _add(family: GaugeMetricFamily, gauge: Gauge, rollup: Rollup, level: str) -> None:
    value = gauge.value(rollup.measures)
    # An estate may hang below the group without a region: then there is no such region to show.
    if rollup.level != level or value is None or (level == "region" and not rollup.region):
        return
    codes = {"group": rollup.group, "region": rollup.region, "estate": rollup.estate}
    values = [*(codes[label] for label in LABELS[level]), f"{rollup.days}d"]
    family.add_metric([*values, gauge.quantile] if gauge.quantile else values, value)
