"""The definitions of DESIGN §6 as SQL: what each complaint counts for, and what is made of a group of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Double,
    FromClause,
    Label,
    Numeric,
    RowMapping,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from services.analytics.domain import COUNTED_KINDS, COUNTS, REPEAT_WITHIN, Measures
from services.analytics.storage.changes import Stale
from services.analytics.storage.tables import estates, facts
from services.contracts.vocabulary import ClockName, ClockVerdict, Satisfaction, Verdict

#: The names of the fields of `Measures`, which are the labels of `measures`.
NAMES = tuple(field.name for field in fields(Measures))

_SATISFIED = (Satisfaction.SATISFIED, Satisfaction.BASICALLY_SATISFIED)
_earlier = facts.alias("earlier")


def complaints(
    generation: int,
    kinds: Collection[str],
    *,
    keys: Sequence[Label[Any]],
    within: ColumnElement[bool],
    received: ColumnElement[bool],
    stale: Collection[Stale] | None,
    source: FromClause = estates,
    empty_estates: bool = False,
) -> CTE:
    """Each complaint of these kinds with its `keys` and what it counts for.

    `within` chooses estates, `received` facts; `source` may join the estates to what they name. `stale` are the facts whose
    stored `repeats` is not to be trusted, None if no fact's is. With `empty_estates` an estate without a complaint has a row
    without number.
    """
    counted = and_(
        facts.c.generation == generation,
        facts.c.estate == estates.c.code,
        facts.c.kind.in_(kinds),
        received,
    )
    valid = _valid(facts)
    resolved = and_(valid, since(facts.c.resolved_version, facts.c.reopened_version))
    still_open = and_(valid, ~since(facts.c.closed_version, facts.c.reopened_version))
    eligible = and_(valid, or_(facts.c.household_id.is_not(None), facts.c.place.is_not(None)))
    return (
        select(
            *keys,
            facts.c.number,
            valid.label("valid"),
            resolved.label("resolved"),
            eligible.label("repeat_eligible"),
            and_(eligible, _repeats(kinds, stale)).label("repeats"),
            still_open.label("open"),
            and_(still_open, or_(*late().values())).label("overdue"),
            case((valid, facts.c.satisfaction)).label("satisfaction"),
            case((valid, _seconds(facts.c.answered_at))).label("response"),
            case((resolved, _seconds(facts.c.resolved_at))).label("resolution"),
        )
        .select_from(source.join(facts, counted, isouter=empty_estates))
        .where(estates.c.generation == generation, within)
        .cte("complaints")
    )


def late() -> dict[ClockName, ColumnElement[bool]]:
    """For each clock, whether it ran past its target and still runs."""
    return {
        ClockName.DISPATCH: and_(facts.c.dispatch_due_at.is_not(None), facts.c.assigned_at.is_(None)),
        ClockName.ANSWER: and_(facts.c.answer_due_at.is_not(None), facts.c.answered_at.is_(None)),
        ClockName.SOLVE: and_(
            facts.c.solve_verdict == ClockVerdict.BREACHED,
            ~since(facts.c.resolved_version, facts.c.reopened_version),
        ),
    }


def counts(rows: CTE) -> list[Label[int]]:
    """How many of a group of `complaints` are what, labelled by `COUNTS`."""
    c = rows.c
    made: dict[str, ColumnElement[int]] = {
        name: func.count(c.number).filter(c[name]) for name in COUNTS if name in c
    }
    made |= {
        "received": func.count(c.number),
        "opinions": func.count(c.satisfaction),
        "satisfied": func.count(c.number).filter(c.satisfaction.in_(_SATISFIED)),
    }
    return [made[name].label(name) for name in COUNTS]


def measures(rows: CTE) -> list[Label[Any]]:
    """What is made of a group of `complaints`, labelled by the names of `Measures`."""
    c = rows.c
    made: dict[str, ColumnElement[Any]] = {
        "response_median": func.percentile_cont(0.5).within_group(c.response),
        "response_p90": func.percentile_cont(0.9).within_group(c.response),
        # Exact, as a sum of floats depends on the order of the rows, which a rebuild changes.
        "resolution_mean": cast(func.avg(cast(c.resolution, Numeric)), Double),
        "resolution_median": func.percentile_cont(0.5).within_group(c.resolution),
        "resolution_p90": func.percentile_cont(0.9).within_group(c.resolution),
        "resolution_max": func.max(c.resolution),
    }
    return [*counts(rows), *(value.label(name) for name, value in made.items())]


def measures_of(row: RowMapping) -> Measures:
    """The measures of one row of a result."""
    return Measures(**{name: row[name] for name in NAMES})


def _valid(fact: FromClause) -> ColumnElement[bool]:
    """Whether a complaint is neither withdrawn nor verified invalid (R48); a reopening takes that verdict back."""
    invalid = and_(fact.c.verdict == Verdict.INVALID, since(fact.c.verified_version, fact.c.reopened_version))
    return and_(fact.c.withdrawn_at.is_(None), ~func.coalesce(invalid, False))


def since(done: ColumnElement[Any], reopened: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether something was done and the case not reopened since; both are versions of routing's stream."""
    return func.coalesce(done, 0) > func.coalesce(reopened, 0)


def _seconds(until: ColumnElement[Any]) -> ColumnElement[Any]:
    # A float, as a numeric would come back as a decimal and is slower to sort.
    return func.date_part("epoch", until - facts.c.received_at)


def _repeats(kinds: Collection[str], stale: Collection[Stale] | None) -> ColumnElement[bool]:
    """Whether a complaint repeats an earlier one: as stored where that can be, else by looking for it."""
    if stale is None or frozenset(kinds) != COUNTED_KINDS:
        return repeats(kinds)
    if not stale:
        return facts.c.repeats
    untrusted = facts.c.number == func.any(literal([fact.number for fact in stale], ARRAY(Text)))
    return case((untrusted, repeats(kinds)), else_=facts.c.repeats)


def repeats(kinds: Collection[str]) -> ColumnElement[bool]:
    """Whether an earlier valid complaint of these kinds is of the same household or place, in the same category (R190)."""
    same_household = _earlier.c.household_id == facts.c.household_id
    same_place = and_(
        func.md5(_earlier.c.place) == func.md5(facts.c.place), _earlier.c.place == facts.c.place
    )
    return or_(_exists_earlier(kinds, same_household), _exists_earlier(kinds, same_place))


def _exists_earlier(kinds: Collection[str], same: ColumnElement[bool]) -> ColumnElement[bool]:
    # Estates name households and places each for itself, so only those of one estate are the same.
    return exists().where(
        _earlier.c.generation == facts.c.generation,
        _earlier.c.estate == facts.c.estate,
        _earlier.c.category == facts.c.category,
        same,
        _earlier.c.received_at >= facts.c.received_at - literal(REPEAT_WITHIN),
        _earlier.c.received_at <= facts.c.received_at,
        tuple_(_earlier.c.received_at, _earlier.c.number) < tuple_(facts.c.received_at, facts.c.number),
        _earlier.c.kind.in_(kinds),
        _valid(_earlier),
    )
