"""The live counters of routing (DESIGN §5). No number of a case and no person is ever a label."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Histogram

#: Seconds: a minute to a month, with the targets of R105 among them.
_BUCKETS = (60, 180, 600, 1800, 3600, 4 * 3600, 8 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 30 * 86_400)
_MATTER = ("category", "urgency")


class RoutingMetrics:
    """Counts what happens now; what is historical is not counted (DESIGN §2.11)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registered = Counter(
            "linli_complaints_registered",
            "Complaints on the register, counted when classified.",
            ("channel", "category"),
            registry=registry,
        )
        self._response = Histogram(
            "linli_complaint_response_seconds",
            "From receipt to the first answer of a responsible person (R105).",
            _MATTER,
            buckets=_BUCKETS,
            registry=registry,
        )
        self._resolution = Histogram(
            "linli_complaint_resolution_seconds",
            "From receipt until all work orders were signed off.",
            _MATTER,
            buckets=_BUCKETS,
            registry=registry,
        )
        self._breaches = Counter(
            "linli_clock_breaches", "Clocks that ran past their target.", ("clock",), registry=registry
        )

    def registered(self, channel: str, category: str) -> Callable[[], None]:
        """What counts one complaint, to be done after the commit."""
        return self._registered.labels(channel, category).inc

    def responded(self, category: str, urgency: str, seconds: float) -> Callable[[], None]:
        """What counts one first answer."""
        return lambda: self._response.labels(category, urgency).observe(seconds)

    def resolved(self, category: str, urgency: str, seconds: float) -> Callable[[], None]:
        """What counts one resolution."""
        return lambda: self._resolution.labels(category, urgency).observe(seconds)

    def breached(self, clock: str) -> Callable[[], None]:
        """What counts one breach."""
        return self._breaches.labels(clock).inc


@lru_cache(maxsize=16)
def metrics_in(registry: CollectorRegistry) -> RoutingMetrics:
    """The metrics in this registry; web and worker share them where they share a process."""
    return RoutingMetrics(registry)
