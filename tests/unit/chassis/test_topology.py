"""What the broker must hold and who may do what, derived from the catalogue (DESIGN §5, RELIABILITY rule 10)."""

from __future__ import annotations

import re

import pytest

from services.chassis.topology import ROUTES, Queue, User, topology_of
from services.chassis.transport import EVENTS, REPLAY, dead_queue_of, queue_of
from services.contracts.catalogue import CATALOGUE

TOPOLOGY = topology_of(CATALOGUE)
USERS = {user.name.removeprefix("linli-"): user for user in TOPOLOGY.users}
QUEUES = {queue.name: queue for queue in TOPOLOGY.queues}


def test_every_service_has_a_user_a_queue_and_a_dead_letter_queue() -> None:
    services = CATALOGUE.services()
    assert set(USERS) == set(services)
    assert set(QUEUES) == {name(service) for service in services for name in (queue_of, dead_queue_of)}


@pytest.mark.parametrize("queue", TOPOLOGY.queues, ids=lambda queue: queue.name)
def test_no_queue_relies_on_a_default(queue: Queue) -> None:
    assert queue.arguments["x-queue-type"] == "quorum"
    assert queue.arguments["x-delivery-limit"] >= 100
    assert queue.arguments["x-overflow"] == "reject-publish"


@pytest.mark.parametrize("service", CATALOGUE.services())
def test_a_queue_takes_just_what_its_service_consumes(service: str) -> None:
    live = {key for exchange, key in QUEUES[queue_of(service)].bindings if exchange == ROUTES}
    assert live == CATALOGUE.consumed_by(service)


@pytest.mark.parametrize("user", TOPOLOGY.users, ids=lambda user: user.name)
def test_keys_are_literal(user: User) -> None:
    for keys in user.topics.values():
        assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", key) for key in keys)
    for queue in TOPOLOGY.queues:
        assert not any(set(key) & set("*#") for _, key in queue.bindings)


@pytest.mark.parametrize("service", CATALOGUE.services())
def test_a_service_may_write_its_own_events_and_read_its_own_queues_only(service: str) -> None:
    user = USERS[service]
    assert user.topics[EVENTS] == CATALOGUE.published_by(service)
    assert set(user.write) == {EVENTS, REPLAY}
    assert set(user.read) == {queue_of(service), dead_queue_of(service)}


@pytest.mark.parametrize("service", CATALOGUE.services())
def test_a_service_may_send_again_to_those_that_are_rebuilt_from_it_only(service: str) -> None:
    for consumer in USERS[service].topics[REPLAY]:
        assert consumer != service
        assert CATALOGUE.published_by(service) & CATALOGUE.consumed_by(consumer)
