"""What every change of links comes to: the rows, an entry on both timelines, and `complaint.linked`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from services.chassis.ids import new_id
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.vocabulary import LinkKind
from services.routing.storage import links, timeline
from services.routing.usecases.context import CaseRow, tell


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided on links and why; `by` is None for a rule. `reason` is masked already."""

    by: str | None = None
    reason: str | None = None


def make(
    work: UnitOfWork,
    cases: Sequence[CaseRow],
    kind: LinkKind,
    other: str,
    decision: Decision,
    *,
    replaced: Mapping[str, str] | None = None,
) -> None:
    """Link each of these cases to `other`. `replaced` says to whom one was linked before, if only that changes."""
    before = replaced or {}
    links.insert(
        work.connection,
        [
            {
                "id": new_id(),
                "number": case.number,
                "other": other,
                "kind": kind.value,
                "by": decision.by,
                "reason": decision.reason,
                "at": work.now,
            }
            for case in cases
        ],
    )
    for case in cases:
        _tell(work, case, kind, other, decision, removed=False, replaces=before.get(case.number))


def remove(work: UnitOfWork, case: CaseRow, link: Row[Any], decision: Decision) -> None:
    """End a link of this case."""
    links.remove(work.connection, [link.id], work.now, decision.by, decision.reason)
    _tell(work, case, LinkKind(link.kind), link.other, decision, removed=True)


def _tell(
    work: UnitOfWork,
    case: CaseRow,
    kind: LinkKind,
    other: str,
    decision: Decision,
    *,
    removed: bool,
    replaces: str | None = None,
) -> None:
    what = "unlinked" if removed else "linked"
    ends = (case.number, "to", other), (other, "from", case.number)
    timeline.append(
        work.connection,
        [
            timeline.entry(
                number,
                work.now,
                what,
                by=decision.by,
                text=decision.reason,
                details={"kind": kind.value, "direction": direction, "number": end},
            )
            for number, direction, end in ends
        ],
    )
    data = {
        "other": other,
        "kind": kind.value,
        "removed": removed,
        "replaces": replaces,
        "by": decision.by,
        "reason": decision.reason,
        "at": work.now,
    }
    tell(work, "complaint.linked", case, data)
