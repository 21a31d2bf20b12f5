"""What cells are made of: of estates and months from their facts, of traits and days from theirs, of months from their days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Label,
    LargeBinary,
    Numeric,
    RowMapping,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    true,
    tuple_,
)

from services.analytics import quantiles
from services.analytics.domain import COUNTED_KINDS, COUNTS, TRAITS, next_month
from services.analytics.storage.days import begins, month_after
from services.analytics.storage.measures import complaints, counts
from services.analytics.storage.tables import estate_cells, estates, facts, trait_cells
from services.chassis.sql import insert_rows, recordset

#: The columns of times, which are sketches in a cell and the times themselves in `measured`.
TIMES = ("responses", "resolutions")
#: What a cell of a trait is for.
DAY, MONTH = "day", "month"

#: No times at all.
NOTHING = cast(b"", LargeBinary)

Row = dict[str, Any]


def measured(rows: CTE) -> list[Label[Any]]:
    """What a cell is made of, from `complaints`: counts, and the times one after the other as eight bytes each."""
    c = rows.c

    def listed(seconds: ColumnElement[float]) -> ColumnElement[bytes]:
        return func.coalesce(func.string_agg(func.float8send(seconds), NOTHING), NOTHING)

    micros = func.coalesce(func.sum(func.round(cast(c.resolution, Numeric) * 1_000_000)), 0)
    return [
        *counts(rows),
        cast(micros, BigInteger).label("resolution_micros"),
        func.max(c.resolution).label("resolution_max"),
        listed(c.response).label("responses"),
        listed(c.resolution).label("resolutions"),
    ]


def count_estates(connection: Connection, generation: int, stale: Collection[tuple[str, date]]) -> None:
    """Count the cells of these estates and months anew."""
    cells = recordset(
        "r",
        [estate_cells.c.estate, estate_cells.c.month],
        [{"estate": estate, "month": month} for estate, month in stale],
    )
    these = tuple_(estate_cells.c.estate, estate_cells.c.month).in_(select(cells.c.estate, cells.c.month))
    connection.execute(delete(estate_cells).where(estate_cells.c.generation == generation, these))
    rows = complaints(
        generation,
        COUNTED_KINDS,
        keys=[cells.c.estate.label("estate"), cells.c.month.label("month")],
        within=true(),
        received=and_(
            facts.c.received_at >= begins(cells.c.month),
            facts.c.received_at < begins(month_after(cells.c.month)),
        ),
        stale=(),
        source=estates.join(cells, estates.c.code == cells.c.estate),
    )
    keys = [rows.c.estate, rows.c.month]
    found = connection.execute(select(*keys, *measured(rows)).group_by(*keys)).mappings().all()
    insert_rows(connection, estate_cells, [{"generation": generation, **row} for row in _sketched(found)])


def count_traits(connection: Connection, generation: int, stale: Collection[tuple[str, date]]) -> None:
    """Count the cells of these groups and days anew, and those of their months."""
    for group, day in sorted(stale):
        cells = _day_of(connection, generation, group, day)
        _replace_traits(connection, generation, group, DAY, day, cells)
    for group, month in sorted({(group, day.replace(day=1)) for group, day in stale}):
        cells = _month_of(connection, generation, group, month)
        _replace_traits(connection, generation, group, MONTH, month, cells)


def _day_of(connection: Connection, generation: int, group: str, day: date) -> list[Row]:
    """The day cells of a group, each trait once."""
    rows = complaints(
        generation,
        COUNTED_KINDS,
        keys=[func.coalesce(facts.c[trait], "").label(trait) for trait in TRAITS],
        within=estates.c.group_code == group,
        received=and_(
            facts.c.received_at >= begins(literal(day)), facts.c.received_at < begins(literal(day) + 1)
        ),
        stale=(),
    )
    traits = [rows.c[trait] for trait in TRAITS]
    # GROUPING tells by its bits which columns were left out: all but one.
    others = {(1 << len(TRAITS)) - 1 - (1 << place): trait for place, trait in enumerate(reversed(TRAITS))}
    left_out = func.grouping(*traits)
    by_trait = select(
        case(others, value=left_out).label("trait"),
        func.coalesce(*traits).label("key"),
        *measured(rows),
    ).group_by(func.grouping_sets(*(tuple_(trait) for trait in traits)))
    return _sketched(connection.execute(by_trait).mappings().all())


def _month_of(connection: Connection, generation: int, group: str, month: date) -> list[Row]:
    """The month cells of a group, merged of those of its days."""
    days = select(trait_cells).where(
        trait_cells.c.generation == generation,
        trait_cells.c.group_code == group,
        trait_cells.c.span == DAY,
        trait_cells.c.start >= month,
        trait_cells.c.start < next_month(month),
    )
    found = connection.execute(days).mappings().all()
    groups: dict[tuple[str, str], list[RowMapping]] = defaultdict(list)
    for row in found:
        groups[row["trait"], row["key"]].append(row)
    merged: list[Row] = [
        {
            "trait": trait,
            "key": key,
            **{name: sum(row[name] for row in rows) for name in (*COUNTS, "resolution_micros")},
            "resolution_max": max(
                (row["resolution_max"] for row in rows if row["resolution_max"] is not None), default=None
            ),
        }
        for (trait, key), rows in groups.items()
    ]
    owners = [place for place, rows in enumerate(groups.values()) for _ in rows]
    for times in TIMES:
        pieces = [row[times] for rows in groups.values() for row in rows]
        sketches = quantiles.sketches_of(quantiles.of_sketches(owners, pieces), len(merged))
        for cell, sketch in zip(merged, sketches, strict=True):
            cell[times] = sketch
    return merged


def _replace_traits(
    connection: Connection, generation: int, group: str, span: str, start: date, cells: Sequence[Row]
) -> None:
    where = {"generation": generation, "group_code": group, "span": span, "start": start}
    connection.execute(
        delete(trait_cells).where(*(trait_cells.c[name] == value for name, value in where.items()))
    )
    insert_rows(connection, trait_cells, [{**where, **cell} for cell in cells])


def _sketched(found: Sequence[RowMapping]) -> list[Row]:
    """The rows with sketches of their times."""
    rows = [dict(row) for row in found]
    for times in TIMES:
        entries = quantiles.of_values(range(len(rows)), [row[times] for row in rows])
        for row, sketch in zip(rows, quantiles.sketches_of(entries, len(rows)), strict=True):
            row[times] = sketch
    return rows
