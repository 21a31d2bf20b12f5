"""What the broker holds, and what its users may and may not do (DESIGN §3, §5; RELIABILITY rule 10)."""

from __future__ import annotations

from urllib.parse import quote

import pika
import pytest

from services.chassis.errors import Unavailable
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.topology import DEAD, ROUTES, Management, topology_of
from services.chassis.transport import EVENTS, REPLAY, Message, queue_of
from services.chassis.transport.rabbitmq import RabbitTransport
from tests.integration.chassis.conftest import CATALOGUE

PASSWORDS = {"linli-shop": "shop-secret", "linli-ledger": "ledger-secret"}


@pytest.fixture
def applied(management: Management, vhost: str) -> str:
    """A virtual host that holds the toy topology with its users."""
    management.apply(topology_of(CATALOGUE), vhost, PASSWORDS)
    return vhost


def channel_of(
    rabbit_server: RabbitServer, vhost: str, user: str
) -> pika.adapters.blocking_connection.BlockingChannel:
    """A channel of an independent client, signed in as a service."""
    base = rabbit_server.amqp_url(vhost)
    address = base.rpartition("@")[2]
    url = f"amqp://{user}:{quote(PASSWORDS[user])}@{address}"
    return pika.BlockingConnection(pika.URLParameters(url)).channel()


def test_a_second_apply_changes_nothing_and_nothing_is_missing(management: Management, applied: str) -> None:
    # When
    management.apply(topology_of(CATALOGUE), applied, PASSWORDS)

    # Then
    assert management.missing(topology_of(CATALOGUE), applied) == []


def test_what_is_gone_is_named_and_put_back(management: Management, applied: str) -> None:
    # Given
    host = quote(applied, safe="")
    management._request("DELETE", f"/api/bindings/{host}/e/{ROUTES}/q/{queue_of('ledger')}/shop.sold", None)

    # When / Then
    assert management.missing(topology_of(CATALOGUE), applied) == ["linli.ledger <- shop.sold"]
    management.apply(topology_of(CATALOGUE), applied, PASSWORDS)
    assert management.missing(topology_of(CATALOGUE), applied) == []


def test_a_binding_of_an_event_no_longer_consumed_is_removed(management: Management, applied: str) -> None:
    # Given
    host = quote(applied, safe="")
    path = f"/api/bindings/{host}/e/{ROUTES}/q/{queue_of('ledger')}"
    management._request("POST", path, {"routing_key": "shop.forgotten"})

    # When
    management.apply(topology_of(CATALOGUE), applied, PASSWORDS)

    # Then
    keys = {row["routing_key"] for row in management.get(f"/api/queues/{host}/{queue_of('ledger')}/bindings")}
    assert "shop.forgotten" not in keys


def test_queues_are_quorum_queues_with_explicit_arguments(management: Management, applied: str) -> None:
    queue = management.get(f"/api/queues/{quote(applied, safe='')}/{queue_of('ledger')}")
    assert queue["arguments"]["x-queue-type"] == "quorum"
    assert queue["arguments"]["x-delivery-limit"] >= 100
    assert queue["arguments"]["x-dead-letter-exchange"] == DEAD


def test_a_service_publishes_its_own_events(rabbit_server: RabbitServer, applied: str) -> None:
    address = rabbit_server.amqp_url(applied).rpartition("@")[2]
    transport = RabbitTransport(f"amqp://linli-shop:shop-secret@{address}")
    publisher = transport.publisher()
    assert publisher.publish(
        [Message("1", "shop.sold", b"{}"), Message("2", "ledger", b"{}", exchange=REPLAY)]
    ) == [True, True]
    publisher.close()


@pytest.mark.parametrize(
    ("user", "exchange", "key"),
    [
        ("linli-ledger", EVENTS, "shop.sold"),
        ("linli-shop", EVENTS, "shop.unheard_of"),
        ("linli-shop", REPLAY, "shop"),
        ("linli-shop", DEAD, "ledger"),
        ("linli-shop", "", "linli.ledger"),
    ],
)
def test_a_service_may_not_publish_anything_else(
    rabbit_server: RabbitServer, applied: str, user: str, exchange: str, key: str
) -> None:
    channel = channel_of(rabbit_server, applied, user)
    channel.confirm_delivery()
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
        channel.basic_publish(exchange, key, b"{}")


def test_a_service_may_not_read_anothers_queue(rabbit_server: RabbitServer, applied: str) -> None:
    channel = channel_of(rabbit_server, applied, "linli-shop")
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
        channel.basic_get(queue_of("ledger"))


def test_a_service_sees_how_long_a_queue_is_that_it_may_not_read(
    rabbit_server: RabbitServer, applied: str
) -> None:
    address = rabbit_server.amqp_url(applied).rpartition("@")[2]
    publisher = RabbitTransport(f"amqp://linli-shop:shop-secret@{address}").publisher()
    publisher.publish([Message(str(n), "shop.sold", b"{}") for n in range(3)])

    assert publisher.waiting(queue_of("ledger")) == 3
    with pytest.raises(Unavailable):
        publisher.waiting(queue_of("nobody"))
    publisher.close()


def test_a_service_may_neither_declare_nor_bind(rabbit_server: RabbitServer, applied: str) -> None:
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
        channel_of(rabbit_server, applied, "linli-ledger").queue_declare("my.own", durable=True)
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
        channel_of(rabbit_server, applied, "linli-ledger").queue_bind(queue_of("ledger"), EVENTS, "#")
