"""The toy ledger as `linli` runs a service: `toy_service web` or `toy_service worker`, told by its environment.

Each sale becomes an entry and an event. Those of `HANGS` and `SPINS` never end, that of `EXITS` ends the process, that of
`HOARDS` is what the kernel kills it for.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from services.chassis import logs
from services.chassis.effects import Handler
from services.chassis.events import Event
from services.chassis.http.access import public
from services.chassis.http.app import create_app
from services.chassis.http.blueprint import Blueprint
from services.chassis.loops import Loop
from services.chassis.platform import Platform, ServiceDefinition
from services.chassis.process import run_web, run_worker
from services.chassis.settings import CommonSettings, load, setting
from services.chassis.sql import insert_rows
from services.chassis.transport import Transport
from services.chassis.transport.postgres import PostgresTransport
from services.chassis.transport.rabbitmq import RabbitTransport
from services.chassis.unit_of_work import UnitOfWork
from tests.integration.chassis.conftest import CATALOGUE, entries

HANGS, EXITS, HOARDS, SPINS = range(1_000_000_001, 1_000_000_005)


@dataclass(frozen=True)
class ToySettings(CommonSettings):
    """`seconds_each` is how long a sale takes to be entered, and a request to be answered."""

    database_url: str = setting("TOY_DATABASE_URL")
    queues: str | None = setting("TOY_QUEUES", None)
    seconds_each: float = setting("TOY_SECONDS_EACH", 0.0)


def web(on: Platform, settings: ToySettings) -> Flask:
    """`POST /api/ledger/sales` enters one and tells of it."""
    sales = Blueprint("sales")

    @sales.route("/sales", methods=["POST"])
    @public
    def enter() -> tuple[str, int]:
        threading.Event().wait(settings.seconds_each)
        with on.database.begin() as work:
            write(work, {"event_id": "web", "amount": 1})
        return "", 201

    return create_app("ledger", [sales], context=on.context())


def handlers(on: Platform, settings: ToySettings) -> Mapping[str, Handler]:
    """Enter each sale."""

    def on_sold(events: list[Event], work: UnitOfWork) -> None:
        for event in events:
            threading.Event().wait(settings.seconds_each)
            suffer(event.data["amount"])
            write(work, {"event_id": event.id, "amount": event.data["amount"]}, event)

    return {"shop.sold": on_sold}


def write(work: UnitOfWork, entry: Mapping[str, object], cause: Event | None = None) -> None:
    """One entry, and the event that tells of it."""
    insert_rows(work.connection, entries, [{"generation": work.generation, **entry}])
    work.record("ledger.entered", "book", {"amount": entry["amount"]}, cause=cause)


def suffer(amount: int) -> None:
    """What the sales of ill omen do to the process."""
    if amount == HANGS:
        threading.Event().wait()
    if amount == EXITS:
        os._exit(1)
    if amount == HOARDS:
        os.kill(os.getpid(), signal.SIGKILL)
    while amount == SPINS:
        pass


def loops(on: Platform, settings: ToySettings) -> list[Loop]:
    """Nothing of its own."""
    return []


LEDGER = ServiceDefinition(
    name="ledger",
    settings=ToySettings,
    catalogue=CATALOGUE,
    messages={},
    migrations=Path(),
    web=web,
    handlers=handlers,
    loops=loops,
)


def transport_of(settings: ToySettings) -> Transport:
    """RabbitMQ if there is one, else the queue table."""
    if settings.amqp_url is not None:
        return RabbitTransport(settings.amqp_url)
    return PostgresTransport(settings.queues or "", CATALOGUE.bindings())


if __name__ == "__main__":
    settings = load(ToySettings, os.environ)
    logs.configure(settings.log_level)
    if sys.argv[1] == "web":
        run_web(LEDGER, settings)
    else:
        run_worker(LEDGER, settings, transport_of(settings))
