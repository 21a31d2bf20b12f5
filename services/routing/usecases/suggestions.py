"""New complaints are compared with others beside the registration: what may belong together is suggested to people.

A case waits in a table until it was compared, and leaves it in the transaction that writes what was found: whoever is killed
meanwhile, it is compared once more, and a suggestion is made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.errors import Conflict, NotFound
from services.chassis.i18n import Message
from services.chassis.masking import mask
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import LinkKind
from services.routing.domain.groups import distinct_households
from services.routing.domain.likeness import Likeness, Similarity, Subject, likenesses, plain
from services.routing.domain.places import building_of
from services.routing.domain.policy.policy import Policy
from services.routing.storage import cases, comparisons, suggestions
from services.routing.storage.links import hold
from services.routing.storage.suggestions import Status
from services.routing.usecases import groups, links, second_complaints
from services.routing.usecases.context import Rules
from services.routing.usecases.link_changes import Decision

#: Cases compared in one transaction.
BATCH: Final = 50
#: Texts that are kept prepared: each is compared with all that come after it for a while.
_PREPARED: Final = 4096


def compare_new(work: UnitOfWork, rules: Rules, similarity: Similarity, limit: int = BATCH) -> int:
    """Compare cases that wait for it, oldest first; returns how many."""
    taken = comparisons.take(work.connection, work.now, limit)
    if not taken:
        return 0
    policies = {case.number: rules.policies.of(case.path) for case in taken}
    sought = [comparisons.wanted(case, policies[case.number].matters) for case in taken]
    others = comparisons.others(work.connection, sought)
    # Many are compared with the same ones: each is prepared once.
    subjects = {row.number: subject(row) for row in _once([taken, *others.values()])}
    unknown = second_complaints.settle(work, rules, [case for case in taken if case.unhappy_with is not None])
    rows = []
    for case in taken:
        matters = policies[case.number].matters
        against = [subjects[other.number] for other in others.get(case.number, ())]
        found = likenesses(subjects[case.number], against, similarity, matters)
        rows += [_row(each) for each in found[: matters.suggested]]
        if matters.join_unasked:
            _join(work, rules, case, found, policies[case.number])
    suggestions.add(work.connection, rows, work.now)
    comparisons.done(work.connection, [case.number for case in taken if case.number not in unknown])
    return len(taken)


def _join(work: UnitOfWork, rules: Rules, case: Row[Any], found: Sequence[Likeness], policy: Policy) -> None:
    """Join what is enough alike and still open, as soon as it comes from so many households as make a group (R60)."""
    alike = {
        number
        for each in found
        if not each.duplicate and each.score >= policy.matters.join_from
        for number in (each.number, each.other)
    }
    if not alike:
        return
    hold(work.connection)
    held = cases.lock(work.connection, groups.around(work, alike))
    going_on = {number for number in alike if not groups.member(held[number]).ended}
    if case.number not in going_on:
        return
    group = {number: held[number] for number in groups.around(work, going_on)}
    if distinct_households(map(groups.member, group.values())) < policy.grading.group_households:
        return
    # People may have linked some of them otherwise, so that they cannot be one group.
    with suppress(Conflict):
        groups.join(work, rules, group, Decision())


def _once(several: Iterable[Sequence[Row[Any]]]) -> Iterable[Row[Any]]:
    return {row.number: row for rows in several for row in rows}.values()


def subject(case: Row[Any]) -> Subject:
    """A case as it is compared; its building is what the place names, else what the text does."""
    building, words = _prepared(case.location or "", case.text)
    return Subject(
        case.number,
        case.received_at,
        case.household_id,
        case.party_id,
        case.place,
        building,
        words,
    )


@lru_cache(maxsize=_PREPARED)
def _prepared(location: str, text: str) -> tuple[str | None, str]:
    return building_of(location) or building_of(text), plain(text)


def _row(found: Likeness) -> dict[str, Any]:
    kind = LinkKind.DUPLICATE_OF if found.duplicate else LinkKind.JOINED_TO
    return {
        "number": found.number,
        "other": found.other,
        "kind": kind.value,
        "score": round(found.score, 3),
        "reasons": {"text": round(found.text, 3), "place": found.place, "hours": round(found.hours, 1)},
    }


def confirm(
    work: UnitOfWork, rules: Rules, number: str, other: str, *, scope: str, by: str, reason: str | None
) -> None:
    """A person agrees: the link is made. Raises as `links.link`, `Conflict` where it was dismissed before."""
    hold(work.connection)
    row = _undecided(work, number, other, scope, Status.CONFIRMED)
    if row is None:
        return
    text = mask(reason) if reason else None
    suggestions.decide(work.connection, row, Status.CONFIRMED, by=by, reason=text, now=work.now)
    wanted = links.Wanted(row.number, LinkKind(row.kind), row.other)
    links.link(work, rules, wanted, Decision(by, text), scope=scope)


def dismiss(work: UnitOfWork, number: str, other: str, *, scope: str, by: str, reason: str | None) -> None:
    """A person says that these two do not belong together; it is not suggested again. Raises `NotFound`, `Conflict`."""
    row = _undecided(work, number, other, scope, Status.DISMISSED)
    if row is not None:
        text = mask(reason) if reason else None
        suggestions.decide(work.connection, row, Status.DISMISSED, by=by, reason=text, now=work.now)


def _undecided(work: UnitOfWork, number: str, other: str, scope: str, wanted: Status) -> Row[Any] | None:
    """The open suggestion of these two; None where it was decided as `wanted` already."""
    if not cases.visible(work.connection, {number}, scope=scope):
        raise NotFound("complaint_unknown", number=number)
    row = suggestions.lock(work.connection, number, other)
    if row is None or not cases.visible(work.connection, {other}, scope=scope):
        raise NotFound("suggestion_unknown", number=other)
    if row.status == Status.OPEN.value:
        return row
    if row.status != wanted.value:
        raise Conflict("suggestion_decided", status=Message(f"suggestion_{row.status}"))
    return None
