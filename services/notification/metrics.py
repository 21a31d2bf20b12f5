"""What notification measures of its own work; live traffic only, as the past makes no messages (DESIGN §2.11)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

#: Seconds from writing a message to the provider's receipt; hours when the provider was away.
_DELAYS = (0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0, 14400.0)


class SenderMetrics:
    """Of the worker: what became of messages."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter(
            "linli_messages",
            "Attempts to send a message by what became of them.",
            ("channel", "template", "outcome"),
            registry=registry,
        )
        self.delay = Histogram(
            "linli_message_delay_seconds",
            "Time from writing a message to the provider's receipt.",
            ("channel",),
            buckets=_DELAYS,
            registry=registry,
        )


class CallbackMetrics:
    """Of the web role: what calls to residents came to."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.attempts = Counter(
            "linli_callback_attempts",
            "Calls to residents by what they came to.",
            ("outcome",),
            registry=registry,
        )
