"""Sends what the outbox holds (DESIGN §2.2)."""

from __future__ import annotations

import threading
from datetime import timedelta

import structlog

from services.chassis import archive, outbox
from services.chassis.database import Database
from services.chassis.loops import Loop, Stage
from services.chassis.metrics import PlatformMetrics
from services.chassis.transport import Message, Publisher

#: Seconds between looks at the outbox when nobody wakes the relay (RELIABILITY rule 8).
POLL = 0.2
#: Pause before an event that nothing takes, or that the broker refused, is tried again.
UNROUTABLE_PAUSE = timedelta(seconds=1)

_log = structlog.get_logger(__name__)


class Relay:
    """Publishes unsent rows with confirms and archives them. Any number may run side by side.

    `batch_size` rows are sent with one round of confirms at most.
    """

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        metrics: PlatformMetrics,
        *,
        wake: threading.Event | None = None,
        batch_size: int = 200,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._metrics = metrics
        self._wake = wake or threading.Event()
        self._batch_size = self._limit = batch_size
        self._sendable = database.catalogue.published_by(database.service)
        self._personal = database.catalogue.personal()

    def loop(self) -> Loop:
        """The loop that sends; woken by `wake` after each commit."""
        return Loop(
            f"{self._database.service}.relay",
            self.step,
            pause=POLL,
            wake=self._wake,
            stage=Stage.RELAY,
            finish=self.step,
            close=self._publisher.close,
        )

    def step(self) -> bool:
        """Send one batch; true when there was one. A row is archived only after its confirm.

        Raises `Unavailable` when the broker does not answer. What is in doubt is sent again, and while the broker does not
        take our word (an alarm, a lost quorum) each try may arrive later all the same: so it is one row until one succeeds.
        """
        limit, self._limit = self._limit, 1
        sent = self._send(limit)
        self._limit = self._batch_size
        return sent

    def _send(self, limit: int) -> bool:
        clock = self._database.clock
        with self._database.engine.begin() as connection:
            rows = outbox.take_unsent(connection, clock.now(), limit)
            if not rows:
                self._publisher.keep_alive()
                return False
            # A key this service may not write would close the channel under all the others (DESIGN §5).
            allowed = [row for row in rows if row[1] in self._sendable]
            safe = self._publisher.publish([Message(id_, name, body.encode()) for id_, name, body in allowed])
            sent = [row for row, ok in zip(allowed, safe, strict=True) if ok]
            sent_ids = {row[0] for row in sent}
            stuck = [row for row in rows if row[0] not in sent_ids]
            archive.keep(connection, list(sent_ids), self._personal, clock.now())
            if stuck:
                outbox.postpone(connection, [row[0] for row in stuck], clock.now(), UNROUTABLE_PAUSE)
        for _, name, _ in sent:
            self._metrics.events_published.labels(self._database.service, name).inc()
        if stuck:
            _log.error(
                "events_not_taken", service=self._database.service, names=sorted({row[1] for row in stuck})
            )
        return True
