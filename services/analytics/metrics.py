"""The gauges of analytics: names, words and what each takes from the measures (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.analytics.domain import Measures

#: The labels that name a row of each level, widest first.
LABELS: Mapping[str, tuple[str, ...]] = {
    "estate": ("group", "region", "estate"),
    "region": ("group", "region"),
    "group": ("group",),
}


@dataclass(frozen=True)
class Gauge:
    """One figure of a group of complaints; None is left out. `quantile` is the value of that label, if it has one."""

    name: str
    documentation: str
    value: Callable[[Measures], float | None]
    quantile: str | None = None


#: Counts that add up, of estates only.
COUNTS = (
    Gauge("valid_complaints", "Valid complaints received in the window.", lambda m: m.valid),
    Gauge("resolved_complaints", "Those resolved and not reopened since.", lambda m: m.resolved),
    Gauge("repeat_eligible_complaints", "Those with a household or a place.", lambda m: m.repeat_eligible),
    Gauge("repeat_complaints", "Those that repeat one of the 30 days before.", lambda m: m.repeats),
    Gauge("open_complaints", "Those not closed.", lambda m: m.open),
    Gauge("overdue_complaints", "Those not closed with a breached clock still running.", lambda m: m.overdue),
)

#: Figures that do not add up, counted for every level.
FIGURES = (
    Gauge("resolution_ratio", "Resolved of the valid complaints, 0-1.", lambda m: m.resolution_ratio),
    Gauge("repeat_ratio", "Repeats of those that may be repeats, 0-1.", lambda m: m.repeat_ratio),
    Gauge(
        "satisfaction_ratio", "Satisfied of those who said it, 0-1 (R172).", lambda m: m.satisfaction_ratio
    ),
    Gauge("response_seconds", "Receipt to first answer.", lambda m: m.response_median, quantile="0.5"),
    Gauge("response_seconds", "Receipt to first answer.", lambda m: m.response_p90, quantile="0.9"),
)
