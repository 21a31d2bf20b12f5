"""What is not solved and what repeats, and why: how far it is, which clock is late, what was found at its root (R183, R191)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    RowMapping,
    Text,
    and_,
    case,
    func,
    literal,
    null,
    select,
    true,
)

from services.analytics.domain import COUNTED_KINDS, Question, Standing
from services.analytics.storage.changes import Stale
from services.analytics.storage.days import received_in
from services.analytics.storage.measures import complaints, late, since
from services.analytics.storage.tables import estates, facts
from services.chassis.scope import below

_resolved, _reopened = func.coalesce(facts.c.resolved_version, 0), func.coalesce(facts.c.reopened_version, 0)
#: How far a complaint that is not solved has come.
standing = case(
    (since(facts.c.closed_version, facts.c.reopened_version), Standing.CLOSED.value),
    (_reopened > 0, Standing.REOPENED.value),
    (facts.c.answered_at.is_not(None), Standing.ANSWERED.value),
    (facts.c.assigned_at.is_not(None), Standing.ASSIGNED.value),
    else_=Standing.RECEIVED.value,
)
#: The first clock that is past its target and still runs.
late_clock = case(*((condition, clock.value) for clock, condition in late().items()), else_=null())


def unsolved(connection: Connection, generation: int, question: Question) -> Sequence[RowMapping]:
    """How many valid complaints are not resolved, for each `status`, late `clock`, `category` and `cause` together."""
    keys = {
        "status": standing,
        # One that is closed waits for nothing any more.
        "clock": case((standing != Standing.CLOSED.value, late_clock)),
        "category": facts.c.category,
        "cause": facts.c.cause,
    }
    return _tally(connection, generation, question, keys, "valid", _resolved <= _reopened, ())


def repeats(
    connection: Connection, generation: int, question: Question, stale: Collection[Stale] | None
) -> Sequence[RowMapping]:
    """How many complaints repeat an earlier one, for each `category` and `cause` together."""
    keys = {"category": facts.c.category, "cause": facts.c.cause}
    if stale is None or question.kinds != COUNTED_KINDS:
        return _tally(connection, generation, question, keys, "repeats", true(), None)
    numbers = literal([fact.number for fact in stale], ARRAY(Text))
    of_stale = facts.c.number == func.any(numbers)
    # Each by its own index: what is marked, and the few that are looked at again.
    marked = _tally(connection, generation, question, keys, "repeats", and_(facts.c.repeats, ~of_stale), ())
    return [*marked, *_tally(connection, generation, question, keys, "repeats", of_stale, None)]


def _tally(
    connection: Connection,
    generation: int,
    question: Question,
    keys: Mapping[str, ColumnElement[Any]],
    counts: str,
    which: ColumnElement[bool],
    stale: Collection[Stale] | None,
) -> Sequence[RowMapping]:
    rows = complaints(
        generation,
        question.kinds,
        keys=[expression.label(name) for name, expression in keys.items()],
        within=below(estates.c.path, question.scope),
        received=and_(received_in(question.window), which),
        stale=stale,
    )
    columns = [rows.c[name] for name in keys]
    counted = select(*columns, func.count().label("complaints")).where(rows.c[counts]).group_by(*columns)
    return connection.execute(counted).mappings().all()
