"""Steps in the life of a dead letter, as its tests take them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import true

from services.chassis import dead_letter_decisions as decisions
from services.chassis import dead_letters
from services.chassis.database import Database
from services.chassis.dead_letter_decisions import Replays
from services.chassis.dead_letter_list import Filter, Opened, listing, opened
from services.chassis.dead_letter_replay import DeadLetterReplay
from services.chassis.errors import Invalid
from services.chassis.events import Event
from services.chassis.handling import Handling
from services.chassis.http.paging import Page
from tests.integration.chassis.conftest import Ledger
from tests.integration.chassis.consumer import one

ME = "staff-1"


def refuse(event: Event) -> Exception | None:
    return Invalid("never")


def letters(database: Database, **wanted: Any) -> list[Any]:
    with database.read() as connection:
        found, _ = listing(connection, "ledger", Filter(**wanted), Page(1, 100, "last_at", False))
    return list(found)


def statuses(database: Database) -> list[str]:
    return [row.status for row in letters(database, status=None)]


def seen(database: Database, letter: str) -> Opened:
    with database.read() as connection:
        return opened(connection, "ledger", letter)


def park(path: Handling, ledger: Ledger, event: Event) -> str:
    """Have a message refused; returns its dead letter."""
    ledger.fail = refuse
    path.batch([one(event)])
    ledger.fail = lambda event: None
    return str(letters(path.database)[-1].id)


def replay(database: Database, letter: str) -> None:
    with database.begin() as work:
        decisions.replay(work, "ledger", letter, ME)


def replay_all(database: Database, limit: int = decisions.MOST_REPLAYED) -> Replays:
    with database.begin() as work:
        return decisions.replay_all(work, "ledger", true(), ME, limit)


def carry_out(worker: DeadLetterReplay, path: Handling) -> None:
    """Let the worker do all there is to do now."""
    while worker.step():
        pass
    while path.retry_due():
        pass
    worker.step()


def waiting_for_somebody(database: Database) -> int:
    with database.read() as connection:
        return dead_letters.count(connection)


def discard(database: Database, letter: str) -> None:
    with database.begin() as work:
        decisions.discard(work, "ledger", letter, ME, "sent in error")
