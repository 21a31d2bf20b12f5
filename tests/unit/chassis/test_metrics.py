"""Platform metrics live on the registry that is passed in."""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from services.chassis.metrics import PlatformMetrics


def test_metrics_are_exposed_under_their_stable_names_and_not_globally() -> None:
    metrics = PlatformMetrics(CollectorRegistry())

    metrics.events_published.labels("parcels", "parcel.lost").inc()
    metrics.outbox_oldest.labels("parcels").set(3)

    text = generate_latest(metrics.registry).decode()
    assert 'linli_events_published_total{service="parcels",type="parcel.lost"} 1.0' in text
    assert 'linli_outbox_oldest_seconds{service="parcels"} 3.0' in text
    assert b"linli_" not in generate_latest(REGISTRY)
