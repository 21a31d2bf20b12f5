"""Complaints as the call centre posts them."""

from __future__ import annotations

from typing import Any

from tests.bench.group import ESTATES
from tests.bench.messages import text


def complaint(at: int) -> dict[str, Any]:
    """The body of the POST of number `at`: 256 reporters in turn, each at one estate."""
    reporter = {"name": "王晓明", "phone": f"+8613800{at % 256:06d}", "unit": f"{at % 30 + 1}-1-101"}
    return {
        "estate": ESTATES[at % 256 % len(ESTATES)],
        "channel": "phone",
        "text": text(at),
        "location": f"{at % 30 + 1}号楼",
        "reporter": reporter,
    }
