"""The platform metrics every service keeps (DESIGN §5); business figures live in each service's ``metrics.py``.

One registry per process, passed as an argument. No number of a case, telephone or person is ever a label.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

#: Seconds; from a look-up in memory to the longest a handler or request may take.
DURATION_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

#: Seconds an event was under way; after an outage it may be hours.
AGE_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0, 600.0, 3600.0, 86400.0)


class PlatformMetrics:
    """The platform metrics of one process; ``service`` is a label, as the embedded process runs all of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.http_request_duration = Histogram(
            "linli_http_request_duration_seconds",
            "Time to answer a request.",
            ("service", "method", "route", "status"),
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self.events_published = Counter(
            "linli_events_published",
            "Events handed to the transport and confirmed by it.",
            ("service", "type"),
            registry=registry,
        )
        self.events_handled = Counter(
            "linli_events_handled",
            "Deliveries of events by what became of them.",
            ("service", "type", "outcome"),
            registry=registry,
        )
        self.event_handling = Histogram(
            "linli_event_handling_seconds",
            "Time of one batch from decoding to commit.",
            ("service",),
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self.event_age = Histogram(
            "linli_event_age_seconds",
            "Age of an event when its effect was committed.",
            ("service",),
            buckets=AGE_BUCKETS,
            registry=registry,
        )
        self.outbox_pending = Gauge(
            "linli_outbox_pending",
            "Events recorded and not yet published; no value while the database is away.",
            ("service",),
            registry=registry,
        )
        self.outbox_oldest = Gauge(
            "linli_outbox_oldest_seconds",
            "Age of the oldest event not yet published, 0 if there is none; no value while the database is away.",
            ("service",),
            registry=registry,
        )
        self.dead_letters = Gauge(
            "linli_dead_letters",
            "Dead letters that wait for somebody; no value while the database is away.",
            ("service",),
            registry=registry,
        )
        self.stream_missing = Counter(
            "linli_stream_missing",
            "Events of another service that had not arrived when it sealed its stream, and were asked for again.",
            ("service", "source"),
            registry=registry,
        )
        self.stream_resent = Counter(
            "linli_stream_resent",
            "Events sent again to a service that lacked them.",
            ("service", "consumer"),
            registry=registry,
        )
        self.stream_unanswered = Gauge(
            "linli_stream_unanswered",
            "Gaps in the streams of other services that were asked for and are not filled yet.",
            ("service",),
            registry=registry,
        )
        self.consumers = Gauge(
            "linli_consumer_count",
            "Consumers of the service's queue as the broker tells it; no value while the broker is away.",
            ("service",),
            registry=registry,
        )
