"""Sealed streams: a message that was lost on its way is noticed, sent again and takes effect once (DESIGN §2.12).

1. The publisher says what it has sent: `stream.sealed` for each run of at most `runs.RUN` events of one type, with the range
   of their ids, their count and a digest of their ids (`sealing`).
2. The consumer compares that with the ids it knows in the range (`checking`). If they differ it publishes `stream.missing`
   with the ids it knows.
3. The publisher sends the rest through `linli.replay`, to that consumer alone, and then a seal for that consumer alone over
   what it should know now (`resending`). So every question ends, and nobody reads a foreign database.

Why runs: of 100,000 events an hour 200 seals are sent, no more than one message in 500; a question carries at most 20 kB of ids
where nothing strange happened, and an answer is what lacks, not the hour. Ids in every seal would spare the digest, and cost
each consumer a sixth of all traffic again for what is almost never needed.

Seals and questions are events too, sealed with the next span. So a queue that was emptied by hand with the seals in it comes
back as well, the oldest span last.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.effects import Handler
from services.chassis.loops import Loop
from services.chassis.platform_events import STREAM_MISSING, STREAM_SEALED
from services.chassis.seals.checking import Checking
from services.chassis.seals.resending import Resending
from services.chassis.seals.sealing import Sealing


@dataclass(frozen=True)
class Seals:
    """All that one service does so that no stream has a gap."""

    sealing: Sealing
    checking: Checking
    resending: Resending

    def handlers(self) -> dict[str, Handler]:
        """What is done with the events about streams."""
        return {STREAM_SEALED: self.checking.on_sealed, STREAM_MISSING: self.resending.on_missing}

    def loops(self) -> list[Loop]:
        """What is done in the background."""
        return [self.sealing.loop(), self.checking.loop(), self.resending.loop()]
