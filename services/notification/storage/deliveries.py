"""Messages to be sent: written once, taken by one sender at a time, marked with what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select, tuple_

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.scope import below
from services.chassis.session import Run
from services.chassis.sql import as_json, direct, insertion
from services.notification.domain.addresses import Channel
from services.notification.domain.deliveries import Failure, Status
from services.notification.storage.contacts import Party
from services.notification.storage.tables import contacts, deliveries

#: What a message gets only once it is taken; it starts as the table says.
_LATER = frozenset({"attempts", "sent_at", "reference", "failure"})
_WRITTEN = [column.name for column in deliveries.columns if column.name not in _LATER]


@dataclass(frozen=True)
class Delivery:
    """A message in the hands of a sender. `attempts` counts the one it was taken for; it tells whose the lease is."""

    id: str
    party: Party
    channel: Channel
    template: str
    title: str | None
    body: str | None
    attempts: int
    created_at: datetime


_WRITE = f"{insertion(deliveries, _WRITTEN, '%(rows)s')} ON CONFLICT ON CONSTRAINT deliveries_once DO NOTHING"
# Spelt out, as the index is for these: behind a parameter the planner does not see it.
_TAKE = """
    WITH due AS (
        SELECT id FROM deliveries WHERE status IN ('waiting', 'sending') AND next_at <= %(now)s
        ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries SET status = 'sending', attempts = attempts + 1, next_at = %(until)s
    FROM due WHERE deliveries.id = due.id
    RETURNING deliveries.id, source, party_id, channel, template, title, body, attempts, created_at
    """
_MARK_SENT = """
    UPDATE deliveries SET status = 'sent', sent_at = %(now)s, reference = %(reference)s, failure = NULL WHERE id = %(id)s
    """


def write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write messages to be sent; one that exists for the same event, receiver and channel is not written again."""
    direct(connection, _WRITE, {"rows": as_json(rows)})


def take(run: Run, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
    """The messages longest due, counted as attempted; nobody else takes them until `lease` is over. Commit before sending."""
    taken = [
        Delivery(id_, Party(source, party_id), Channel(channel), *rest)
        for id_, source, party_id, channel, *rest in run(
            _TAKE, {"now": now, "until": now + lease, "limit": limit}
        )
    ]
    return sorted(taken, key=lambda delivery: (delivery.created_at, delivery.id))


def mark_sent(run: Run, delivery: Delivery, reference: str, now: datetime) -> None:
    """The provider has it. That is true whoever holds the lease by now."""
    run(_MARK_SENT, {"id": delivery.id, "reference": reference, "now": now})


def mark_failed(connection: Connection, delivery: Delivery, failure: Failure) -> None:
    """It is given up, unless another sender holds it by now."""
    text = {"title": None, "body": None} if failure is Failure.NO_ADDRESS else {}
    connection.execute(
        deliveries.update().where(_held(delivery)).values(status=Status.FAILED, failure=failure, **text)
    )


def put_back(connection: Connection, delivery: Delivery, next_at: datetime) -> None:
    """It is to be tried again at `next_at`, unless another sender holds it by now."""
    connection.execute(
        deliveries.update().where(_held(delivery)).values(status=Status.WAITING, next_at=next_at)
    )


def give_back(connection: Connection, untried: Sequence[Delivery], now: datetime) -> None:
    """These were taken but not tried: they are due at once, and the attempt does not count."""
    held = [(delivery.id, delivery.attempts) for delivery in untried]
    connection.execute(
        deliveries.update()
        .where(
            tuple_(deliveries.c.id, deliveries.c.attempts).in_(held), deliveries.c.status == Status.SENDING
        )
        .values(status=Status.WAITING, attempts=deliveries.c.attempts - 1, next_at=now)
    )


def listing(
    connection: Connection, scope: str, *, number: str | None, status: str | None, page: Page
) -> tuple[list[dict[str, Any]], int]:
    """Messages about complaints within `scope` with their receivers' addresses, by the time of writing; and how many."""
    d = deliveries.c
    receiver = and_(contacts.c.source == d.source, contacts.c.party_id == d.party_id)
    query = (
        select(deliveries, contacts.c.phone, contacts.c.email)
        .select_from(deliveries.outerjoin(contacts, receiver))
        .where(below(d.path, scope))
    )
    if number is not None:
        query = query.where(d.number == number)
    if status is not None:
        query = query.where(d.status == status)
    rows, total = one_page(connection, query, page, d.created_at, d.id)
    return [dict(row) for row in rows], total


def _held(delivery: Delivery) -> Any:
    return and_(
        deliveries.c.id == delivery.id,
        deliveries.c.status == Status.SENDING,
        deliveries.c.attempts == delivery.attempts,
    )
