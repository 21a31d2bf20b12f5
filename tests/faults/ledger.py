"""The Ledger: what was promised against what is there, in the classes of a total-queue check (RELIABILITY, catalogue)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from tests.faults.journal import Attempt


@dataclass(frozen=True)
class Balance:
    """Keys by what became of them. `unknown` were never answered with a promise: they may be there once, or not."""

    accepted: frozenset[str]
    refused: frozenset[str]
    unknown: frozenset[str]
    #: Accepted, and what the answer named is not there.
    lost: frozenset[str] = field(default=frozenset())
    #: There more than once.
    duplicated: frozenset[str] = field(default=frozenset())
    #: There although nobody asked, or although it was refused.
    unexpected: frozenset[str] = field(default=frozenset())

    @property
    def green(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.duplicated or self.unexpected)

    def figures(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(keys) for name, keys in vars(self).items()}


def balance(attempts: Iterable[Attempt], found: Mapping[str, Collection[str]]) -> Balance:
    """Compare the attempts with what was `found` at the end: for each key the results that are there, doubles included."""
    promised: dict[str, set[str]] = {}
    refused: set[str] = set()
    asked: set[str] = set()
    for attempt in attempts:
        asked.add(attempt.key)
        if attempt.accepted:
            promised.setdefault(attempt.key, set()).add(attempt.result or "")
        elif attempt.refused:
            refused.add(attempt.key)
    accepted = set(promised)
    there = {key for key, results in found.items() if results}
    return Balance(
        accepted=frozenset(accepted),
        refused=frozenset(refused - accepted),
        unknown=frozenset(asked - accepted - refused),
        lost=frozenset(key for key, results in promised.items() if not results <= set(found.get(key, ()))),
        duplicated=frozenset(key for key, results in found.items() if len(results) > 1),
        unexpected=frozenset(there - asked | (there & (refused - accepted))),
    )
