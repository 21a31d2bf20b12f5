"""A complainant says that he is unhappy with how an earlier complaint was handled (R69)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.errors import Conflict
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import LinkKind
from services.routing.storage import cases, comparisons, suggestions
from services.routing.storage.links import hold
from services.routing.usecases import links
from services.routing.usecases.context import Rules
from services.routing.usecases.link_changes import Decision

#: The earlier complaint may be registered later than the one that names it: looked for again, and no longer than so long.
_AGAIN: Final = timedelta(seconds=30)
_PATIENCE: Final = timedelta(hours=24)


def settle(work: UnitOfWork, rules: Rules, named: Sequence[Row[Any]]) -> set[str]:
    """Link each of these cases to the earlier one it names, or suggest it; returns those to be looked at again.

    What staff wrote down holds, and what somebody of the same household or the same person says; anybody else's word is a
    suggestion.
    """
    if not named:
        return set()
    hold(work.connection)
    earlier = cases.lock(work.connection, [case.unhappy_with for case in named])
    waiting = {
        case.number
        for case in named
        if case.unhappy_with not in earlier and work.now - case.since < _PATIENCE
    }
    comparisons.postpone(work.connection, waiting, work.now + _AGAIN)
    for case in named:
        other = earlier.get(case.unhappy_with)
        if other is None or other.estate != case.estate or not links.received(other) < links.received(case):
            continue
        if case.receiver is not None or _one_complainant(case, other):
            _link(work, rules, case, other)
        else:
            suggestions.add(work.connection, [_suggested(case, other)], work.now)
    return waiting


def _link(work: UnitOfWork, rules: Rules, case: Row[Any], other: Row[Any]) -> None:
    wanted = links.Wanted(case.number, LinkKind.SECOND_COMPLAINT_OF, other.number)
    # People may have linked the two otherwise.
    with suppress(Conflict):
        links.link(work, rules, wanted, Decision(case.receiver), scope="")


def _one_complainant(case: Row[Any], other: Row[Any]) -> bool:
    return any(
        one is not None and one == another
        for one, another in ((case.household_id, other.household_id), (case.party_id, other.party_id))
    )


def _suggested(case: Row[Any], other: Row[Any]) -> dict[str, Any]:
    return {
        "number": case.number,
        "other": other.number,
        "kind": LinkKind.SECOND_COMPLAINT_OF.value,
        "score": 1.0,
        "reasons": {"said": True},
    }
