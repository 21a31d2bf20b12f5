"""Whether a consumer that is connected gets nothing although messages wait for it (RELIABILITY rule 9, P6)."""

from __future__ import annotations

#: Seconds without a sign after which a connected consumer is stuck.
STARVED_AFTER = 30.0


class Starvation:
    """What a consumer has seen of its queue while it was connected; times are monotonic seconds.

    One thread tells what happens, another may ask. `limit` is in seconds, too.
    """

    def __init__(self, limit: float = STARVED_AFTER) -> None:
        self._limit = limit
        self._turned: float | None = None
        self._hungry: float | None = None

    def turned(self, now: float) -> None:
        """The thread that talks to the broker is connected and turns."""
        self._turned = now

    def received(self) -> None:
        """A message has come."""
        self._hungry = None

    def looked(self, now: float, *, ready: int, room: bool) -> None:
        """So many messages are ready in the queue; `room` is whether the broker may hand us one."""
        if not (ready and room):
            self._hungry = None
        elif self._hungry is None:
            self._hungry = now

    def disconnected(self) -> None:
        """The broker is away, which is no reason to end: reconnecting goes on for ever."""
        self._turned = self._hungry = None

    def starved(self, now: float) -> bool:
        """Whether messages have been ready all that time and none has come, or the thread does not turn any more."""
        return any(since is not None and now - since > self._limit for since in (self._turned, self._hungry))
