"""Messages to be sent: written once, taken by one sender at a time, marked with what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.chassis.http.paging import Page
from services.chassis.pages import one_page
from services.chassis.scope import below
from services.chassis.sql import recordset
from services.notification.domain.addresses import Channel
from services.notification.domain.deliveries import Failure, Status
from services.notification.storage.contacts import Party
from services.notification.storage.tables import contacts, deliveries, unsent

#: What a message gets only once it is taken; it starts as the table says.
_LATER = frozenset({"attempts", "sent_at", "reference", "failure"})
_WRITTEN = [column for column in deliveries.columns if column.name not in _LATER]


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


def write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write messages to be sent; one that exists for the same event, receiver and channel is not written again."""
    source = recordset("r", _WRITTEN, rows)
    statement = insert(deliveries).from_select([column.name for column in _WRITTEN], source.select())
    connection.execute(statement.on_conflict_do_nothing(constraint="deliveries_once"))


def take(connection: Connection, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
    """The messages longest due, counted as attempted; nobody else takes them until `lease` is over. Commit before sending."""
    due = (
        select(deliveries.c.id)
        .where(unsent, deliveries.c.next_at <= now)
        .order_by(deliveries.c.next_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    d = deliveries.c
    rows = connection.execute(
        deliveries.update()
        .where(d.id == due.c.id)
        .values(status=Status.SENDING, attempts=d.attempts + 1, next_at=now + lease)
        .returning(
            d.id, d.source, d.party_id, d.channel, d.template, d.title, d.body, d.attempts, d.created_at
        )
    )
    taken = [
        Delivery(
            row.id,
            Party(row.source, row.party_id),
            Channel(row.channel),
            row.template,
            row.title,
            row.body,
            row.attempts,
            row.created_at,
        )
        for row in rows
    ]
    return sorted(taken, key=lambda delivery: (delivery.created_at, delivery.id))


def mark_sent(connection: Connection, delivery: Delivery, reference: str, now: datetime) -> None:
    """The provider has it. That is true whoever holds the lease by now."""
    connection.execute(
        deliveries.update()
        .where(deliveries.c.id == delivery.id)
        .values(status=Status.SENT, sent_at=now, reference=reference, failure=None)
    )


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
