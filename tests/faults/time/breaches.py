"""Clocks that are due and what was told of them, held against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from services.chassis.events import Event
from tests.faults.journal import Attempt
from tests.faults.ledger import Balance, balance


def told_once(clocks: Iterable[Mapping[str, Any]], told: Iterable[Event]) -> Balance:
    """Each clock promises one breach, at the time it was due; `told` are the breaches there are."""
    promised = [
        Attempt(f"{clock['number']} {clock['name']}", 201, clock["due_at"].isoformat()) for clock in clocks
    ]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for event in told:
        there = found[f"{event.subject} {event.data['clock']}"]
        due = event.data["due_at"].isoformat()
        there.append(due if not there else f"{due} again")
    return balance(promised, found)
