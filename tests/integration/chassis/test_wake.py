"""The bell of one process wakes the relay of another (RELIABILITY rule 8)."""

from __future__ import annotations

import threading

from services.chassis.clock import SystemClock
from services.chassis.loops import Loops, Stop
from services.chassis.platform import conninfo
from services.chassis.testing import eventually
from services.chassis.wake import Bell, Listener


def test_a_bell_rung_once_is_heard(database_url: str, stop: Stop) -> None:
    # Given
    heard = threading.Event()
    bell = Bell("shop", conninfo(database_url))
    listener = Listener("shop", conninfo(database_url), heard)
    loops = Loops([bell.loop(), listener.loop()], stop, SystemClock())
    loops.start()

    # When
    def rung_and_heard() -> bool:
        bell.ring()
        return heard.wait(0.2)

    # Then
    eventually(rung_and_heard)
    assert loops.stop(5) == []
