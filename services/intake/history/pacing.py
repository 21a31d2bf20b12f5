"""Not faster than those behind: complaints of the past wait while much of what was sent is not handled yet.

They go the way of the live ones and must not keep them waiting, like an archive that is sent again (`chassis.replay`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.chassis import outbox
from services.chassis.database import Database
from services.chassis.transport import Publisher

#: Seconds between looks whether there is room.
_LOOK = 0.1
#: Seconds without room after which the person who waits is told for what.
_PATIENCE = 10.0
#: Events that may wait at each place: what the services behind deal with in a few seconds, so that none of them is ever idle
#: and a live complaint waits no longer than that.
_BACKLOG = 2000


@dataclass(frozen=True)
class Pacing:
    """Room for the next batch: few events wait to be sent, and few in each of `queues`, which `publisher` looks into.

    `pause` waits so many seconds; `tell` is told what keeps it waiting for long.
    """

    database: Database
    publisher: Publisher
    queues: Sequence[str]
    pause: Callable[[float], None]
    tell: Callable[[str], None]
    backlog: int = _BACKLOG

    def wait(self) -> None:
        """Return once there is room. Raises `Unavailable` when the broker does not answer."""
        since, told = self.database.clock.monotonic(), False
        while (full := self._full()) is not None:
            if not told and self.database.clock.monotonic() - since >= _PATIENCE:
                self.tell(full)
                told = True
            self.pause(_LOOK)

    def _full(self) -> str | None:
        """What has no room: the outbox, or a queue."""
        with self.database.read() as connection:
            if outbox.pending(connection)[0] > self.backlog:
                return "outbox"
        for queue in self.queues:
            if self.publisher.waiting(queue) > self.backlog:
                return queue
        return None
