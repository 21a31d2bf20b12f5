"""F22: the disk of the database or of the broker is full."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

from services.chassis.servers.daemon import ServerError
from services.chassis.testing import eventually
from services.chassis.testing.servers import missing
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.outages.exposed import Exposed
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View

ESTATE = "pine"
#: Seconds from the return of space to the first complaint taken; the server may have to recover first.
_BACK = 30.0


def test_a_full_disk_takes_nothing_back_and_heals_when_there_is_space(
    exposed: Exposed, view: View, journal: Journal
) -> None:
    # Given
    if not all(volume.mounted for volume in exposed.volumes.values()):
        missing("a tmpfs cannot be mounted here: run as root")
    dead, recoveries = view.dead_letters(), []
    with Residents(exposed.installation.people.public, ESTATE, journal, pause=0.02) as residents:
        for _ in range(size(full=10, suite=1)):
            for full, server in (("database", exposed.database), ("broker", exposed.broker)):
                residents.reach(residents.accepted + 10)

                # When
                exposed.volumes[full].fill()
                if server is exposed.database:
                    residents.hear(503)
                else:
                    residents.reach(residents.accepted + 50)
                exposed.volumes[full].free()

                # Then, when whoever watches over the server has started it where it ended
                began, before = monotonic(), residents.accepted
                with suppress(ServerError):
                    server.start()
                eventually(lambda before=before: residents.accepted > before, _BACK)
                recoveries.append(monotonic() - began)
    restarts = _restarted_if_it_takes_nothing(exposed, view)
    view.close()
    assert {attempt.status for attempt in journal.attempts()} <= {201, 502, 503, 507, None}
    result = settled(exposed.installation, view, ESTATE, journal, dead_letters=dead)
    report("F22", "up", result, kills=len(recoveries) + restarts, recoveries=recoveries)


def _restarted_if_it_takes_nothing(exposed: Exposed, view: View) -> int:
    """RabbitMQ 3.10.8 may run on after a full disk and refuse everything: who watches over it restarts it then.

    Returns how often that was. Nothing is lost meanwhile, as what is refused stays in the outbox.
    """
    try:
        eventually(lambda: view.unsent() == 0, _BACK, 0.2)
    except AssertionError:
        exposed.broker.kill()
        exposed.broker.start()
        return 1
    return 0
