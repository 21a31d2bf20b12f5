"""Answers merged of cells: the whole months and days of a window, and from the facts what no cell holds or what is stale.

Counts are exact; quantiles are off by `quantiles.ERROR` at most. All is read in one snapshot, in which each
complaint is either in a cell that is read or among the facts that are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    cast,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)

from services.analytics.domain import (
    COUNTS,
    TRAITS,
    Question,
    Window,
    whole_days,
    whole_months,
)
from services.analytics.storage import groups
from services.analytics.storage.assembly import Part, assembled
from services.analytics.storage.cells import DAY, MONTH, NOTHING, TIMES, measured
from services.analytics.storage.changes import Stale
from services.analytics.storage.counting import moved
from services.analytics.storage.days import begins, month_after, received_in
from services.analytics.storage.groups import Group, Keys
from services.analytics.storage.measures import complaints
from services.analytics.storage.tables import estate_cells, estates, facts, trait_cells
from services.chassis.scope import below
from services.chassis.sql import recordset, rows_of


def merged(
    connection: Connection, generation: int, question: Question, stale: Collection[Stale]
) -> list[Group] | None:
    """The groups that have a complaint, in the order of their keys; None where no cell is of use.

    `stale` is what changed since it was counted, all of it.
    """
    asked = _Asked(connection, generation, question, stale)
    parts = _by_trait(asked) if question.by.value in TRAITS else _by_estate(asked)
    return None if parts is None else assembled(parts)


@dataclass(frozen=True)
class _Asked:
    """A question, and where it is looked up."""

    connection: Connection
    generation: int
    question: Question
    stale: Collection[Stale]

    @property
    def within(self) -> ColumnElement[bool]:
        """Whether an estate is asked about."""
        return and_(estates.c.generation == self.generation, below(estates.c.path, self.question.scope))

    def stored(self, cells: Table, source: FromClause, keys: Keys, which: ColumnElement[bool]) -> Part:
        """Cells of the table `cells`, joined in `source` to whatever names them."""
        c = cells.c
        rows = (
            select(
                *keys,
                *(c[name] for name in (*COUNTS, "resolution_micros", "resolution_max", *TIMES)),
            )
            .select_from(source)
            .where(c.generation == self.generation, which)
            .subquery("cells")
        )
        of_group = [rows.c.month, rows.c.key]
        sums = [cast(func.sum(rows.c[name]), BigInteger) for name in (*COUNTS, "resolution_micros")]
        joined = [func.string_agg(rows.c[name], NOTHING) for name in TIMES]
        grouped = select(
            *of_group, func.max(rows.c.name), *sums, func.max(rows.c.resolution_max), *joined
        ).group_by(*of_group)
        return Part(rows_of(self.connection, grouped), sketched=True)

    def counted(
        self,
        received: ColumnElement[bool],
        within: ColumnElement[bool] | None = None,
        source: FromClause = estates,
    ) -> Part:
        """Facts `received` then, of the estates asked about and, if it is given, `within`."""
        rows = complaints(
            self.generation,
            self.question.kinds,
            keys=groups.of_facts(self.question),
            within=self.within if within is None else and_(self.within, within),
            received=received,
            stale=self.stale,
            source=source,
        )
        of_group = [rows.c.month, rows.c.key]
        grouped = select(*of_group, func.max(rows.c.name), *measured(rows)).group_by(*of_group)
        return Part(self.connection.execute(grouped).all(), sketched=False)


def _by_estate(asked: _Asked) -> list[Part] | None:
    """Cells of estates and months; and the days before and after those, what is stale, and estates the cells do not hold."""
    window, generation = asked.question.window, asked.generation
    months = whole_months(whole_days(window))
    if _empty(months):
        return None
    stale = sorted({(fact.estate, fact.month) for fact in asked.stale if _inside(fact.month, months)})
    fresh = and_(
        asked.within,
        ~moved(generation),
        _between(estate_cells.c.month, months),
        tuple_(estate_cells.c.estate, estate_cells.c.month).not_in(stale) if stale else true(),
    )
    source = estate_cells.join(estates, estates.c.code == estate_cells.c.estate)
    parts = [asked.stored(estate_cells, source, groups.of_estate_cells(asked.question), fresh)]
    parts += [asked.counted(received_in(rest)) for rest in _rest(window, months)]
    parts.append(asked.counted(received_in(months), moved(generation)))
    if stale:
        cells = recordset(
            "r",
            [estate_cells.c.estate, estate_cells.c.month],
            [{"estate": estate, "month": month} for estate, month in stale],
        )
        of_month = and_(
            facts.c.received_at >= begins(cells.c.month),
            facts.c.received_at < begins(month_after(cells.c.month)),
        )
        of_estate = estates.join(cells, estates.c.code == cells.c.estate)
        parts.append(asked.counted(of_month, ~moved(generation), of_estate))
    return parts


def _by_trait(asked: _Asked) -> list[Part] | None:
    """Cells of groups, months and days; and what is before, after or stale, and estates of groups that are not whole."""
    window = asked.question.window
    whole = _whole_groups(asked)
    days = whole_days(window)
    if not whole or _empty(days):
        return None
    stale = sorted(
        {(fact.group, fact.day) for fact in asked.stale if fact.group in whole and _inside(fact.day, days)}
    )
    c = trait_cells.c
    which = and_(c.group_code.in_(whole), c.trait == asked.question.by.value, _fresh(days, stale))
    parts = [asked.stored(trait_cells, trait_cells, groups.of_trait_cells(asked.question), which)]
    of_whole = estates.c.group_code.in_(whole)
    parts += [asked.counted(received_in(rest), of_whole) for rest in _rest(window, days)]
    parts.append(asked.counted(received_in(window), ~of_whole))
    if stale:
        cells = recordset(
            "r", [c.group_code, c.start], [{"group_code": group, "start": day} for group, day in stale]
        )
        of_day = and_(
            facts.c.received_at >= begins(cells.c.start), facts.c.received_at < begins(cells.c.start + 1)
        )
        parts.append(
            asked.counted(of_day, source=estates.join(cells, estates.c.group_code == cells.c.group_code))
        )
    return parts


def _whole_groups(asked: _Asked) -> list[str]:
    """The groups all of whose estates are asked about, and held by the cells as they are."""
    unsettled = select(estates.c.group_code).where(moved(asked.generation))
    left = select(estates.c.counted_group).where(
        moved(asked.generation), estates.c.counted_group.is_not(None)
    )
    return list(
        asked.connection.scalars(
            select(estates.c.group_code)
            .where(estates.c.generation == asked.generation)
            .group_by(estates.c.group_code)
            .having(
                func.bool_and(below(estates.c.path, asked.question.scope)),
                estates.c.group_code.not_in(unsettled.union(left)),
            )
        )
    )


def _fresh(days: Window, stale: Sequence[tuple[str, date]]) -> ColumnElement[bool]:
    """Month cells where a month is whole and not stale, else the cells of its days that are not."""
    c = trait_cells.c
    months = whole_months(days)
    stale_months = sorted({(group, day.replace(day=1)) for group, day in stale})
    month = cast(func.date_trunc("month", c.start), c.start.type)
    in_month = false() if _empty(months) else _between(month, months)
    if stale_months:
        in_month = and_(in_month, tuple_(c.group_code, month).not_in(stale_months))
    fresh = tuple_(c.group_code, c.start).not_in(stale) if stale else true()
    return or_(
        and_(c.span == MONTH, in_month),
        and_(c.span == DAY, ~in_month, _between(c.start, days), fresh),
    )


def _rest(window: Window, whole: Window) -> Iterator[Window]:
    """What of `window` lies before and after the days of `whole`."""
    if whole.start != window.start:
        yield Window(window.start, whole.start)
    if whole.end != window.end:
        yield Window(whole.end, window.end)


def _between(day: ColumnElement[date], window: Window) -> ColumnElement[bool]:
    return and_(
        true() if window.start is None else day >= window.start,
        true() if window.end is None else day < window.end,
    )


def _inside(day: date, window: Window) -> bool:
    return (window.start is None or day >= window.start) and (window.end is None or day < window.end)


def _empty(window: Window) -> bool:
    return window.start is not None and window.end is not None and window.start >= window.end
