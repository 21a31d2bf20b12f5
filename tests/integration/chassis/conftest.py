"""A toy installation of two services, so that the chassis is tested without a word of the domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import pytest
from marshmallow import EXCLUDE, Schema, fields
from prometheus_client import CollectorRegistry
from sqlalchemy import Column, Integer, MetaData, Table, Text, make_url

from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.handling import Handling
from services.chassis.loops import Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.migrations import migrate
from services.chassis.platform import conninfo
from services.chassis.servers.postgres import PostgresServer
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.sql import connect, insert_rows
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.servers import MakeDatabase, new_database
from services.chassis.testing.services import handling
from services.chassis.topology import Management, topology_of
from services.chassis.transport import Transport
from services.chassis.transport.postgres import PostgresTransport
from services.chassis.transport.rabbitmq import RabbitTransport
from services.chassis.unit_of_work import UnitOfWork
from services.contracts.catalogue import Catalogue
from services.contracts.platform import ReplayFinished, ReplayRequested, StreamMissing, StreamSealed
from services.contracts.table import EventType
from tests.faults.proxy import Proxy


class Sold(Schema):
    """Something was sold."""

    class Meta:
        unknown = EXCLUDE

    amount = fields.Integer(required=True)


CATALOGUE = Catalogue(
    (
        EventType("shop.sold", Sold, ("shop",), ("ledger",), of_estate=False),
        EventType("shop.closed", Sold, ("shop",), ("ledger",), of_estate=False),
        EventType("ledger.entered", Sold, ("ledger",), ("shop",), of_estate=False),
        EventType("replay.requested", ReplayRequested, ("ledger",), ("shop",), of_estate=False),
        EventType("replay.finished", ReplayFinished, ("shop",), ("ledger",), of_estate=False),
        EventType("stream.sealed", StreamSealed, ("shop", "ledger"), ("shop", "ledger"), of_estate=False),
        EventType("stream.missing", StreamMissing, ("shop", "ledger"), ("shop", "ledger"), of_estate=False),
    ),
    ("shop", "ledger"),
)

metadata = MetaData()
#: What the ledger has written: one row an effect, so that a doubled effect is seen.
entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("amount", Integer, nullable=False),
)


@dataclass
class Ledger:
    """The handlers of the toy consumer. `calls` holds the sizes of the lists it was given, `fail` decides on errors."""

    fail: Callable[[Event], Exception | None] = lambda event: None
    calls: list[int] = field(default_factory=list)

    def on_sold(self, events: list[Event], work: UnitOfWork) -> None:
        """Write one entry for each sale."""
        self.calls.append(len(events))
        for event in events:
            error = self.fail(event)
            if error is not None:
                raise error
        rows = [{"generation": work.generation, "event_id": e.id, "amount": e.data["amount"]} for e in events]
        insert_rows(work.connection, entries, rows)


@pytest.fixture
def ledger() -> Ledger:
    """The handlers of the consumer."""
    return Ledger()


@pytest.fixture(scope="session")
def toy_template(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a database that holds the tables of the chassis and the ledger's."""
    url = new_database(postgres_server, "template_toy")
    engine = connect(url, application="migrate")
    migrate(engine, tmp_path_factory.mktemp("versions"))
    metadata.create_all(engine)
    engine.dispose()
    name = make_url(url).database or ""
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def toy_database(make_database: MakeDatabase, toy_template: str) -> Iterator[Callable[[str], Database]]:
    """A function that makes the database of one of the toy services."""
    engines = []

    def make(service: str) -> Database:
        engine = connect(make_database(service, toy_template), application=f"test-{service}")
        engines.append(engine)
        return Database(service, engine, CATALOGUE, SystemClock())

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def shop(toy_database: Callable[[str], Database]) -> Database:
    """Where the publisher keeps its state."""
    return toy_database("shop")


@pytest.fixture
def books(toy_database: Callable[[str], Database]) -> Database:
    """Where the consumer keeps its state."""
    return toy_database("ledger")


@pytest.fixture
def metrics() -> PlatformMetrics:
    """Metrics of this test alone."""
    return PlatformMetrics(CollectorRegistry())


@pytest.fixture
def stop() -> Iterator[Stop]:
    """Set at the end of the test."""
    stop = Stop()
    yield stop
    stop.set()


@pytest.fixture
def management(rabbit_server: RabbitServer) -> Management:
    """The management interface of the test broker."""
    scheme, rest = rabbit_server.management_url.split("://")
    return Management(f"{scheme}://{quote(rabbit_server.user)}:{quote(rabbit_server.password)}@{rest}")


@pytest.fixture
def rabbit_transport(rabbit_server: RabbitServer, vhost: str, management: Management) -> RabbitTransport:
    """RabbitMQ with the toy topology in a virtual host of its own."""
    management.apply(topology_of(CATALOGUE), vhost, {})
    return RabbitTransport(rabbit_server.amqp_url(vhost))


@pytest.fixture
def proxy(rabbit_server: RabbitServer) -> Iterator[Proxy]:
    """Stands between this test and the broker."""
    with closing(Proxy(make_url(rabbit_server.amqp_url()).port or 0)) as proxy:
        yield proxy


@pytest.fixture
def through_proxy(rabbit_transport: RabbitTransport, proxy: Proxy) -> RabbitTransport:
    """The same transport through the proxy, with short heartbeats (seconds)."""
    port = make_url(rabbit_transport.url).port
    url = rabbit_transport.url.replace(f":{port}/", f":{proxy.port}/")
    return replace(rabbit_transport, url=url, heartbeat=2)


@pytest.fixture
def queue_table(make_database: MakeDatabase) -> str:
    """Where the queue table is, as libpq wants it."""
    return conninfo(make_database("transport"))


@pytest.fixture
def postgres_transport(queue_table: str) -> PostgresTransport:
    """The queue table in a database of its own."""
    transport = PostgresTransport(queue_table, CATALOGUE.bindings())
    transport.create()
    return transport


@pytest.fixture(params=["postgres", "rabbitmq"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """Both transports: what is asked of one is asked of the other."""
    made: Transport = request.getfixturevalue(
        f"{'rabbit' if request.param == 'rabbitmq' else 'postgres'}_transport"
    )
    return made


@pytest.fixture
def clock() -> ManualClock:
    """Stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
def still(books: Database, clock: ManualClock) -> Database:
    """The consumer's database under a clock that the test moves."""
    return replace(books, clock=clock)


@pytest.fixture
def path(still: Database, ledger: Ledger) -> Handling:
    """The way of a message into the consumer."""
    return handling(still, {"shop.sold": ledger.on_sold})
