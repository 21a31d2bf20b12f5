"""A person corrects what the rule pack decided; the correction is an event like the decision (R59, R73-R78)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.cases import ENDED, Status
from services.routing.storage import cases, comparisons, estates, repeats, timeline
from services.routing.usecases.context import Rules, tell

#: Named as the rule where a person decided.
BY_PERSON: Final = "person"


def correct(
    work: UnitOfWork,
    rules: Rules,
    number: str,
    *,
    scope: str,
    by: str,
    reason: str,
    category: str | None,
    urgency: str | None,
) -> None:
    """Change category, urgency or both. The work order stays where it is; a transfer moves it. `reason` is masked.

    Raises `NotFound`, `Conflict` for a case at its end or a correction that changes nothing, `Invalid` for a category
    the pack does not have.
    """
    if category is not None and category not in rules.pack.categories:
        raise Invalid(fields={"category": ["category_unknown"]})
    case = cases.lock_one(work.connection, number, scope=scope)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    if Status(case.status) in ENDED:
        raise Conflict("case_already_ended", status=Message(f"case_status_{case.status}"))
    if (category or case.category, urgency or case.urgency) == (case.category, case.urgency):
        raise Conflict("classification_unchanged")
    values = {
        "category": category or case.category,
        "category_rule": BY_PERSON if category else case.category_rule,
        "urgency": urgency or case.urgency,
        "urgency_rule": BY_PERSON if urgency else case.urgency_rule,
        "pack": rules.pack.version,
    }
    why = mask(reason)
    cases.change(work.connection, list(values), [{"number": number, **values}])
    if category not in (None, case.category):
        _compare_anew(work, rules, {**case._asdict(), **values})
    timeline.append(
        work.connection,
        [timeline.entry(number, work.now, "classified", by=by, text=why, details=values)],
    )
    tell(work, "complaint.classified", case, {**values, "by": by, "reason": why, "at": work.now})


def _compare_anew(work: UnitOfWork, rules: Rules, case: Mapping[str, Any]) -> None:
    """In another category it repeats others (R190), and may belong with others."""
    connection, number = work.connection, case["number"]
    place = estates.estates_of(connection, [case["estate"]])[case["estate"]]
    repeats.forget(connection, number)
    repeats.note(connection, [repeats.row(case, rules.policies.of(place.path).repeats.within)])
    comparisons.again(connection, number, work.now)
