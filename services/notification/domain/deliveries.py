"""How a message is tried again, and what tells the provider that two calls mean one message."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

#: After the first failed attempt; each further pause is three times the one before, up to the longest.
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)


class Status(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Failure(StrEnum):
    """Why a delivery failed for good."""

    REFUSED = "refused"
    ATTEMPTS_USED = "attempts_used"
    NO_ADDRESS = "no_address"
    ERASED = "erased"


def pause_after(attempts: int) -> timedelta:
    """How long to wait after attempt number `attempts` failed."""
    # Bounded before multiplying: a large power would overflow a timedelta.
    tripled: timedelta = FIRST_PAUSE * 3 ** min(attempts - 1, 12)
    return min(tripled, LONGEST_PAUSE)


def provider_key(delivery_id: str) -> str:
    """The idempotency key of a delivery at its provider, the same at every attempt (RELIABILITY F4)."""
    return f"linli-{delivery_id}"
