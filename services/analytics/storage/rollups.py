"""The figures of the exporter: counted now and then, read at each scrape (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, text, true, tuple_

from services.analytics.domain import WINDOWS, Measures
from services.analytics.storage.changes import Stale
from services.analytics.storage.measures import NAMES, complaints, measures, measures_of
from services.analytics.storage.tables import estates, facts, rollups
from services.chassis.sql import insert_rows

#: Anything fixed: one process counts at a time.
_LOCK = text("SELECT pg_try_advisory_xact_lock(1280263489)")


@dataclass(frozen=True)
class Rollup:
    """The measures of one estate, region or group over the last `days`; codes that do not apply are ''."""

    level: str
    group: str
    region: str
    estate: str
    days: int
    measures: Measures


def take_turn(connection: Connection, now: datetime, every: timedelta) -> bool:
    """Whether it is for this transaction to count: nobody else does, and the last count is `every` old."""
    if not connection.scalar(_LOCK):
        return False
    last = connection.scalar(select(func.max(rollups.c.counted_at)))
    return last is None or now - last >= every


def count(
    connection: Connection,
    generation: int,
    now: datetime,
    kinds: Collection[str],
    stale: Collection[Stale] | None,
) -> None:
    """Count every window anew. `stale` is what changed since it was counted into cells, None if that is too much."""
    connection.execute(delete(rollups))
    for days in WINDOWS:
        insert_rows(connection, rollups, _window(connection, generation, now, days, kinds, stale))


def counted(connection: Connection) -> list[Rollup]:
    """What was counted last."""
    rows = connection.execute(select(rollups)).mappings()
    return [
        Rollup(
            row["level"], row["group_code"], row["region_code"], row["estate"], row["days"], measures_of(row)
        )
        for row in rows
    ]


def _window(
    connection: Connection,
    generation: int,
    now: datetime,
    days: int,
    kinds: Collection[str],
    stale: Collection[Stale] | None,
) -> list[dict[str, object]]:
    keys = [
        estates.c.group_code.label("group_code"),
        func.coalesce(estates.c.region_code, "").label("region_code"),
        estates.c.code.label("estate"),
    ]
    rows = complaints(
        generation,
        kinds,
        keys=keys,
        within=true(),
        received=facts.c.received_at.between(now - timedelta(days=days), now),
        stale=stale,
        empty_estates=True,
    )
    group, region, estate = rows.c.group_code, rows.c.region_code, rows.c.estate
    grouped = select(
        group,
        func.coalesce(region, "").label("region_code"),
        func.coalesce(estate, "").label("estate"),
        func.grouping(region, estate).label("rolled_up"),
        *measures(rows),
    ).group_by(func.grouping_sets(tuple_(group, region, estate), tuple_(group, region), tuple_(group)))
    return [
        {
            "level": _LEVELS[row["rolled_up"]],
            "group_code": row["group_code"],
            "region_code": row["region_code"],
            "estate": row["estate"],
            "days": days,
            "counted_at": now,
            **{name: row[name] for name in NAMES},
        }
        for row in connection.execute(grouped).mappings()
    ]


#: PostgreSQL's GROUPING(region, estate): a bit for each of the two that was rolled up.
_LEVELS = {0: "estate", 1: "region", 3: "group"}
