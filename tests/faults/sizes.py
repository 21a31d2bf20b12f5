"""How much of each case is run (RELIABILITY, catalogue): what can just fail, a tenth, or all of it."""

from __future__ import annotations

import os

VARIABLE = "LINLI_FAULTS"
SUITE, TENTH, FULL = "suite", "tenth", "full"


def chosen() -> str:
    """The size of this run: `suite` inside `make test`, `tenth` or `full`. Raises ValueError for anything else."""
    name = os.environ.get(VARIABLE, SUITE)
    if name not in (SUITE, TENTH, FULL):
        raise ValueError(f"{VARIABLE}={name}: suite, tenth or full")
    return name


def size(full: int, suite: int) -> int:
    """How often, of the `full` number the catalogue names and the least that can fail (`suite`)."""
    return {SUITE: suite, TENTH: max(suite, full // 10), FULL: full}[chosen()]
