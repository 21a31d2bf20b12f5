"""The KPIs of a subtree in a window, by one key, counted from the facts: exactly (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from services.analytics.domain import Question
from services.analytics.storage.changes import Stale
from services.analytics.storage.days import received_in
from services.analytics.storage.groups import Group, in_order, of_facts
from services.analytics.storage.measures import complaints, measures, measures_of
from services.analytics.storage.tables import estates, facts
from services.chassis.scope import below


def kpis(
    connection: Connection, generation: int, question: Question, stale: Collection[Stale] | None
) -> list[Group]:
    """The groups that have a complaint, in the order of their keys; the nameless one comes last.

    `stale` is what changed since it was counted, None if that is too much to name.
    """
    rows = complaints(
        generation,
        question.kinds,
        keys=of_facts(question),
        within=below(estates.c.path, question.scope),
        received=received_in(question.window),
        stale=stale,
    )
    keys = [rows.c.month, rows.c.key]
    grouped = select(*keys, func.max(rows.c.name).label("name"), *measures(rows)).group_by(*keys)
    return in_order(
        Group(row["key"], row["name"], measures_of(row), row["month"])
        for row in connection.execute(grouped).mappings()
    )


def more_than(connection: Connection, generation: int, question: Question, limit: int) -> bool:
    """Whether a question is about more facts than `limit`, of whatever kind."""
    of_estate = (facts.c.generation == generation) & (facts.c.estate == estates.c.code)
    asked = (
        select(facts.c.estate)
        .select_from(estates.join(facts, of_estate))
        .where(
            estates.c.generation == generation,
            below(estates.c.path, question.scope),
            received_in(question.window),
        )
        .limit(limit + 1)
    )
    return (connection.scalar(select(func.count()).select_from(asked.subquery())) or 0) > limit
