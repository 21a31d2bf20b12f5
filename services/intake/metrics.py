"""What intake counts; the cases themselves are counted by routing, where they are classified."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class IntakeMetrics:
    """The metrics of intake in one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.complaints_received = Counter(
            "linli_complaints_received",
            "Complaints written on the register, by the channel they came through.",
            ("channel",),
            registry=registry,
        )
        self.follow_ups = Counter(
            "linli_complaint_follow_ups",
            "What complainants did with their complaints afterwards.",
            ("action",),
            registry=registry,
        )
