"""What the toy shop sells, and what waits of it."""

from __future__ import annotations

from services.chassis import outbox
from services.chassis.database import Database


def sell(shop: Database, *amounts: int) -> None:
    """Each amount once, all in one transaction."""
    with shop.begin() as work:
        for amount in amounts:
            work.record("shop.sold", f"till-{amount % 7}", {"amount": amount})


def unsent(shop: Database) -> int:
    """Events that wait in the outbox."""
    with shop.read() as connection:
        return outbox.pending(connection)[0]
