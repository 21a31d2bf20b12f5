"""Interleaved rounds: every round runs each implementation once, the order rotates, medians and ratios come of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from subprocess import SubprocessError
from typing import Any

Row = dict[str, Any]


@dataclass
class Results:
    """The rows of all rounds by implementation, one for each round it ran in."""

    rows: dict[str, dict[int, Row]] = field(default_factory=dict)

    def good(self, name: str) -> list[Row]:
        """The rows of an implementation without an error."""
        return [row for row in self.rows.get(name, {}).values() if "error" not in row]

    def median(self, name: str, value: str) -> float | None:
        """The middle one of what was measured."""
        values = [row[value] for row in self.good(name) if value in row]
        return median(values) if values else None

    def ratio(self, name: str, to: Sequence[str], value: str = "rate") -> float | None:
        """The median over the rounds of `name` divided by the best of `to` in the same round."""
        ratios = []
        for at, row in self.rows.get(name, {}).items():
            best = [
                other[at][value]
                for each in to
                if at in (other := self.rows.get(each, {}))
                and value in other[at]
                and "error" not in other[at]
            ]
            if best and value in row and "error" not in row:
                ratios.append(row[value] / max(best))
        return median(ratios) if ratios else None


def interleaved(runs: Mapping[str, Callable[[], Row]], repeats: int, limit: float) -> Results:
    """Run all in turn, `repeats` times, but begin no run after `limit` seconds."""
    results, names = Results(), list(runs)
    deadline = time.monotonic() + limit
    for at in range(repeats):
        turn = at % len(names)
        for name in names[turn:] + names[:turn]:
            if time.monotonic() > deadline:
                print(f"时间已到，共 {at} 轮 | out of time in round {at + 1}", file=sys.stderr)
                return results
            try:
                row = runs[name]()
            except (OSError, ValueError, RuntimeError, AssertionError, SubprocessError) as error:
                row = {"error": f"{type(error).__name__}: {error}"[:200]}
            results.rows.setdefault(name, {})[at] = row
            print(
                f"{at + 1} {name} {_short(row)}  load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True
            )
    return results


def _short(row: Row) -> str:
    return " ".join(
        f"{name}={value:.2f}" if isinstance(value, float) else f"{name}={value}"
        for name, value in row.items()
    )
