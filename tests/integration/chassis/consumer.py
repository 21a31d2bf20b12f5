"""The toy consumer from outside: messages for it, and what has become of them."""

from __future__ import annotations

from sqlalchemy import select

from services.chassis import dead_letters, retries
from services.chassis.database import Database
from services.chassis.effects import Incoming
from services.chassis.envelope import encode
from services.chassis.events import Event
from services.chassis.testing.services import make_event
from tests.integration.chassis.conftest import CATALOGUE, entries


def sold(amount: int, version: int = 1) -> Event:
    return make_event("shop.sold", "till", {"amount": amount}, source="shop", version=version)


def incoming(*events: Event, replay: bool = False) -> list[Incoming]:
    return [Incoming(event, encode(event, CATALOGUE), replay) for event in events]


def amounts(database: Database) -> list[int]:
    with database.read() as connection:
        return sorted(connection.scalars(select(entries.c.amount)))


def letters(database: Database) -> list[tuple[str, int, int]]:
    with database.read() as connection:
        table = dead_letters.dead_letters
        rows = connection.execute(select(table.c.reason, table.c.attempts, table.c.times))
        return [(row.reason, row.attempts, row.times) for row in rows]


def waiting(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.scalars(select(retries.retries.c.attempts)))


def one(event: Event, *, replay: bool = False) -> Incoming:
    return incoming(event, replay=replay)[0]


def reasons(database: Database) -> list[str]:
    return [reason for reason, _, _ in letters(database)]
