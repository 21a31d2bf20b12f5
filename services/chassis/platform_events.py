"""Events between the programs themselves: no facts of the trade, so no projection is rebuilt from them."""

from __future__ import annotations

REPLAY_REQUESTED = "replay.requested"
REPLAY_FINISHED = "replay.finished"
STREAM_SEALED = "stream.sealed"
STREAM_MISSING = "stream.missing"

PLATFORM_EVENTS = frozenset({REPLAY_REQUESTED, REPLAY_FINISHED, STREAM_SEALED, STREAM_MISSING})
