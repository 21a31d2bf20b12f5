"""F13: where events go is deleted while they go there. None vanishes: they wait until the way is back."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

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

ESTATE = "oak"
VHOST = "linli"
TOPOLOGY = topology_of(CATALOGUE)
REGISTERED = "complaint.registered"
#: Seconds after which the gauge that raises the alert must have risen, and until the way is back.
_ALERT = 60.0
_GAUGE = "linli_outbox_oldest_seconds"
_AWAY = size(full=60, suite=0)
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


def test_events_wait_until_their_way_is_back(exposed: Exposed, view: View, journal: Journal) -> None:
    # Given
    installation, dead, alarms = exposed.installation, view.dead_letters(), []
    with Residents(installation.people.public, ESTATE, journal, pause=0.05) as residents:
        for delete in (unbind, delete_exchange):
            residents.reach(residents.accepted + 10)

            # When
            delete(exposed)
            began = monotonic()
            residents.reach(residents.accepted + 20)
            eventually(lambda: installation.metric(_GAUGE, service="intake") >= 1.0, _ALERT, interval=0.2)
            alarms.append(round(monotonic() - began, 2))
            eventually(lambda began=began: monotonic() - began >= _AWAY, _AWAY + 10)

            # Then
            assert view.value("intake", _WAITING, name=REGISTERED) >= 20

            # When
            exposed.management.apply(TOPOLOGY, VHOST, {})
        residents.reach(residents.accepted + 10)

    # Then
    result = settled(installation, view, ESTATE, journal, dead_letters=dead)
    report("F13", installation.command, result, kills=0, alarms=alarms)
