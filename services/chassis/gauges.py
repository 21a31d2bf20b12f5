"""What waits in a service, as gauges: events to be sent, dead letters, and who consumes its queue (DESIGN §5)."""

from __future__ import annotations

from prometheus_client import Gauge

from services.chassis import dead_letters, outbox
from services.chassis.loops import Loop
from services.chassis.platform import Platform
from services.chassis.transport import Consumer

#: Seconds between readings.
_PAUSE = 5.0


class Gauges:
    """Read every few seconds. What cannot be read has no value: an old one would tell of calm during an outage."""

    def __init__(self, on: Platform, consumer: Consumer) -> None:
        self._on = on
        self._consumer = consumer

    def loop(self) -> Loop:
        """The loop that reads."""
        return Loop(f"{self._on.service}.gauges", self.step, pause=_PAUSE)

    def step(self) -> bool:
        """Read everything once. Raises what the database raises."""
        metrics = self._on.metrics
        self._set(metrics.consumers, self._consumer.consumers())
        try:
            with self._on.database.read() as connection:
                waiting, oldest = outbox.pending(connection)
                dead = dead_letters.count(connection)
        except Exception:
            for gauge in (metrics.outbox_pending, metrics.outbox_oldest, metrics.dead_letters):
                self._set(gauge, None)
            raise
        age = (self._on.clock.now() - oldest).total_seconds() if oldest else 0.0
        self._set(metrics.outbox_pending, waiting)
        self._set(metrics.outbox_oldest, max(0.0, age))
        self._set(metrics.dead_letters, dead)
        return False

    def _set(self, gauge: Gauge, value: float | None) -> None:
        if value is None:
            gauge.remove(self._on.service)
        else:
            gauge.labels(self._on.service).set(value)
