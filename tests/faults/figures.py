"""What the last runs of the cases came to, kept for docs/guarantees.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import orjson

from tests.faults.ledger import Balance
from tests.faults.sizes import chosen

#: One line of JSON for each run of a case.
FILE = Path(__file__).parents[2] / "build" / "faults.jsonl"


def report(
    case: str, mode: str, result: Balance, *, kills: int, recoveries: Sequence[float] = (), **others: object
) -> None:
    """Keep the figures of one run of a case such as F1, and show them."""
    line = {
        "case": case,
        "mode": mode,
        "size": chosen(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "kills": kills,
        **result.figures(),
        "recovery": _spread(recoveries),
        **others,
    }
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("ab") as file:
        file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    print(f"\n{line}")


def _spread(seconds: Sequence[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    return {"median": round(median(seconds), 2), "longest": round(max(seconds), 2)}
