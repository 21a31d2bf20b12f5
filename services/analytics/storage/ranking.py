"""Who solves in time (R195)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Double, RowMapping, and_, cast, func, select

from services.analytics.domain import Question, Who
from services.analytics.storage.days import received_in
from services.analytics.storage.measures import complaints
from services.analytics.storage.tables import estates, facts
from services.chassis.scope import below

_COLUMNS = {Who.PERSON: facts.c.assignee, Who.DEPARTMENT: facts.c.department}
#: The clocks that are for the one who handles a complaint to keep.
_in_time = and_(facts.c.answer_due_at.is_(None), facts.c.solve_due_at.is_(None))


def ranking(
    connection: Connection, generation: int, question: Question, who: Who, *, at_least: int, limit: int
) -> Sequence[RowMapping]:
    """Who handled what is resolved, best first: `place`, `key`, `resolved`, `on_time`, `on_time_ratio`,
    `mean_resolution_seconds`.

    Those with fewer than `at_least` resolved complaints have no place. Who is as good has the same place.
    """
    rows = complaints(
        generation,
        question.kinds,
        keys=[_COLUMNS[who].label("key"), _in_time.label("in_time")],
        within=below(estates.c.path, question.scope),
        received=and_(received_in(question.window), _COLUMNS[who].is_not(None)),
        stale=(),
    )
    resolved, on_time = func.count(), func.count().filter(rows.c.in_time)
    share = cast(on_time, Double) / resolved
    ranked = (
        select(
            func.rank().over(order_by=[share.desc(), on_time.desc()]).label("place"),
            rows.c.key,
            resolved.label("resolved"),
            on_time.label("on_time"),
            share.label("on_time_ratio"),
            func.avg(rows.c.resolution).label("mean_resolution_seconds"),
        )
        .where(rows.c.resolved)
        .group_by(rows.c.key)
        .having(resolved >= at_least)
        .order_by("place", rows.c.key)
        .limit(limit)
    )
    return connection.execute(ranked).mappings().all()
