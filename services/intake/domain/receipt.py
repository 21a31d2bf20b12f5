"""What holds when a complaint is received: through which channel, by whom, when."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Channels a resident uses without anybody's help; the others are written down by staff (DESIGN §6).
PUBLIC_CHANNELS = frozenset({"web", "app", "wechat"})

#: Clocks of two machines are never quite equal.
CLOCK_LEEWAY = timedelta(seconds=60)

#: An older date is a slip of the pen.
OLDEST_RECEIPT_DAYS = 366


def problem_with_receipt_time(received_at: datetime, now: datetime) -> str | None:
    """Return the code of what is wrong with the time a complaint is said to have reached us, None if nothing is."""
    if received_at > now + CLOCK_LEEWAY:
        return "received_in_future"
    if received_at < now - timedelta(days=OLDEST_RECEIPT_DAYS):
        return "received_too_long_ago"
    return None
