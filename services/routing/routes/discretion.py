"""What a compensation came to is for some eyes only (R117)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.chassis.auth.principal import Principal
from services.routing.domain.approvals import Kind
from services.routing.domain.compensation import DISCREET
from services.routing.domain.policy.policy import Policy


def approval_for(caller: Principal, policy: Policy, row: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """A request as the caller may read it; who asked for it reads all of it."""
    if row["kind"] != Kind.COMPENSATION or _sees(caller, policy, row["requested_by"]):
        return row
    return {**row, "details": _withheld(row["details"])}


def entries_for(
    caller: Principal, policy: Policy, entries: Iterable[Mapping[Any, Any]]
) -> list[Mapping[Any, Any]]:
    """The entries of a timeline as the caller may read them."""
    return [
        {**entry, "details": _withheld(entry["details"])}
        if (entry["details"] or {}).get("kind") == Kind.COMPENSATION
        and not _sees(caller, policy, entry["by"])
        else entry
        for entry in entries
    ]


def _sees(caller: Principal, policy: Policy, asked_by: str | None) -> bool:
    return caller.role in policy.handling.compensation_seen_by or caller.id == asked_by


def _withheld(details: Mapping[Any, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in details.items() if name not in DISCREET}
    return kept if len(kept) == len(details) else {**kept, "withheld": True}
