"""F13: where events go is deleted while they go there. None vanishes: they wait until the way is back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import pytest
from kombu import Connection

from services.chassis.testing import eventually
from services.chassis.topology import ROUTES, topology_of
from services.chassis.transport import EVENTS
from services.contracts.catalogue import CATALOGUE
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.outages.exposed import Exposed
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View

VHOST = "linli"
TOPOLOGY = topology_of(CATALOGUE)
REGISTERED = "complaint.registered"
#: Seconds after which the gauge that raises the alert must have risen.
_ALERT = 60.0
_WAITING = "SELECT count(*) FROM outbox WHERE name = :name"


def unbind(exposed: Exposed) -> None:
    """No queue takes new complaints any more."""
    queues = tuple(
        replace(queue, bindings=tuple(each for each in queue.bindings if each != (ROUTES, REGISTERED)))
        for queue in TOPOLOGY.queues
    )
    exposed.management.apply(replace(TOPOLOGY, queues=queues), VHOST, {})


def delete_exchange(exposed: Exposed) -> None:
    """Events have nowhere to go."""
    with Connection(exposed.broker.amqp_url(VHOST)) as connection:
        connection.channel().exchange_delete(EVENTS)


@pytest.mark.parametrize(("delete", "estate"), [(unbind, "oak"), (delete_exchange, "olive")])
def test_events_wait_until_their_way_is_back(
    exposed: Exposed, view: View, journal: Journal, delete: Callable[[Exposed], None], estate: str
) -> None:
    # Given
    installation, dead = exposed.installation, view.dead_letters()
    with Residents(installation.people.public, estate, journal, pause=0.05) as residents:
        residents.reach(10)

        # When
        delete(exposed)
        began = monotonic()
        residents.reach(residents.accepted + 20)
        gauge = "linli_outbox_oldest_seconds"
        eventually(lambda: installation.metric(gauge, service="intake") >= 1.0, _ALERT, interval=0.2)
        alarmed = monotonic() - began
        away = size(full=60, suite=0)
        eventually(lambda: monotonic() - began >= away, away + 10)

        # Then
        assert view.value("intake", _WAITING, name=REGISTERED) >= 20

        # When
        exposed.management.apply(TOPOLOGY, VHOST, {})
        residents.reach(residents.accepted + 10)

    # Then
    result = settled(installation, view, estate, journal, dead_letters=dead)
    report("F13", installation.command, result, kills=0, deleted=delete.__name__, alarmed=round(alarmed, 2))
