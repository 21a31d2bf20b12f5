"""The tables of analytics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    false,
    func,
)

from services.analytics.domain import COUNTS

metadata = MetaData()


def _instant(name: str, *, nullable: bool = True) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


estates = Table(
    "estates",
    metadata,
    Column("generation", Integer, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("group_code", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("region_code", Text),
    Column("region_name", Text),
    Column("version", BigInteger, nullable=False),
    # Under which zone and group the cells hold it; null until they do.
    Column("counted_zone", Text),
    Column("counted_group", Text),
)
Index("estates_path", estates.c.generation, estates.c.path, postgresql_ops={"path": "text_pattern_ops"})

#: One row for each complaint that any event has told of. It is counted from `complaint.registered` on, when `estate` is known.
#: Instants that are taken as the earliest told; other groups of columns as their newest version says.
facts = Table(
    "facts",
    metadata,
    Column("generation", Integer, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("registered_version", BigInteger),
    Column("estate", Text),
    Column("channel", Text),
    Column("kind", Text),
    _instant("received_at"),
    Column("household_id", Text),
    Column("place", Text),
    Column("classified_version", BigInteger),
    Column("category", Text),
    Column("severity", Text),
    Column("verified_version", BigInteger),
    Column("verdict", Text),
    _instant("withdrawn_at"),
    _instant("assigned_at"),
    Column("assigned_version", BigInteger),
    Column("department", Text),
    Column("assignee", Text),
    _instant("answered_at"),
    _instant("dispatch_due_at"),
    _instant("answer_due_at"),
    _instant("solve_due_at"),
    Column("solve_version", BigInteger),
    Column("solve_verdict", Text),
    Column("resolved_version", BigInteger),
    _instant("resolved_at"),
    Column("cause", Text),
    Column("reopened_version", BigInteger),
    Column("closed_version", BigInteger),
    Column("satisfaction", Text),
    _instant("opinion_at"),
    Column("opinion_rank", SmallInteger),
    Column("opinion_version", BigInteger),
    # Of a complaint: whether it repeats an earlier one (R190), as of when it was counted last.
    Column("repeats", Boolean, nullable=False, server_default=false()),
    # A fact is rewritten by each event of its complaint: with room on its page no index is touched.
    postgresql_with={"fillfactor": 75},
)
Index("facts_received", facts.c.generation, facts.c.estate, facts.c.received_at)
Index(
    "facts_of_household",
    facts.c.generation,
    facts.c.estate,
    facts.c.household_id,
    facts.c.received_at,
    postgresql_where=facts.c.household_id.is_not(None),
)
# The digest, because a long place does not fit into an index.
Index(
    "facts_of_place",
    facts.c.generation,
    facts.c.estate,
    func.md5(facts.c.place),
    facts.c.received_at,
    postgresql_where=facts.c.place.is_not(None),
)

# What is looked for among few of the many.
Index(
    "facts_repeating",
    facts.c.generation,
    facts.c.estate,
    facts.c.received_at,
    postgresql_where=facts.c.repeats,
)
Index(
    "facts_unsolved",
    facts.c.generation,
    facts.c.estate,
    facts.c.received_at,
    postgresql_where=func.coalesce(facts.c.resolved_version, 0) <= func.coalesce(facts.c.reopened_version, 0),
)

#: Facts that changed since they were counted into the cells, noted in the transaction that changed them. A fact may be
#: noted more than once, so that no two transactions ever wait for each other here.
changes = Table(
    "changes",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("number", Text, nullable=False),
)
Index("changes_number", changes.c.generation, changes.c.number)


def _counts(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False) for name in names]


def _cell() -> list[Column[Any]]:
    """What is kept of the complaints of a cell; times in seconds, `responses` and `resolutions` are sketches."""
    return [
        *_counts(*COUNTS),
        Column("resolution_micros", BigInteger, nullable=False),
        Column("resolution_max", Double),
        Column("responses", LargeBinary, nullable=False),
        Column("resolutions", LargeBinary, nullable=False),
    ]


#: Complaints (of that kind alone) of one estate and month of its zone.
estate_cells = Table(
    "estate_cells",
    metadata,
    Column("generation", Integer, primary_key=True),
    Column("estate", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    *_cell(),
)
Index("estate_cells_month", estate_cells.c.generation, estate_cells.c.month)

#: Complaints of one group by a trait (category, channel, severity, department), for each day and month of their estates'
#: zones: `span` is day or month, `key` the value of the trait, '' where there is none.
trait_cells = Table(
    "trait_cells",
    metadata,
    Column("generation", Integer, primary_key=True),
    Column("group_code", Text, primary_key=True),
    Column("trait", Text, primary_key=True),
    Column("span", Text, primary_key=True),
    Column("start", Date, primary_key=True),
    Column("key", Text, primary_key=True),
    *_cell(),
)

#: The tables whose rows belong to a generation.
PROJECTED = (facts, estates, changes, estate_cells, trait_cells)

#: A rebuild from a date on: facts up to the number `after` were carried over into this generation.
carries = Table(
    "carries",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    _instant("received_before", nullable=False),
    Column("after", Text, nullable=False),
)

#: What the exporter shows, counted every few seconds. `level` is estate, region or group; codes that do not apply are ''.
rollups = Table(
    "rollups",
    metadata,
    Column("level", Text, primary_key=True),
    Column("group_code", Text, primary_key=True),
    Column("region_code", Text, primary_key=True),
    Column("estate", Text, primary_key=True),
    Column("days", Integer, primary_key=True),
    _instant("counted_at", nullable=False),
    *_counts(*COUNTS),
    *(
        Column(name, Double)
        for name in (
            "response_median",
            "response_p90",
            "resolution_mean",
            "resolution_median",
            "resolution_p90",
            "resolution_max",
        )
    ),
)
