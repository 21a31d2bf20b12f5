"""F22: the disk of the database or of the broker is full."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

import pytest

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

#: Seconds from the return of space to the first complaint taken; the server may have to recover first.
_BACK = 30.0


@pytest.mark.parametrize(("full", "estate"), [("database", "pine"), ("broker", "birch")])
def test_a_full_disk_takes_nothing_back_and_heals_when_there_is_space(
    exposed: Exposed, view: View, journal: Journal, full: str, estate: str
) -> None:
    # Given
    volume, server = exposed.volumes[full], getattr(exposed, full)
    if not volume.mounted:
        missing("a tmpfs cannot be mounted here: run as root")
    dead, recoveries = view.dead_letters(), []
    with Residents(exposed.installation.people.public, estate, journal, pause=0.02) as residents:
        for _ in range(size(full=10, suite=1)):
            residents.reach(residents.accepted + 10)

            # When
            volume.fill()
            if full == "database":
                residents.hear(503)
            else:
                residents.reach(residents.accepted + 50)
            volume.free()

            # Then, when whoever watches over the server has started it where it ended
            began, before = monotonic(), residents.accepted
            with suppress(ServerError):
                server.start()
            eventually(lambda before=before: residents.accepted > before, _BACK)
            recoveries.append(monotonic() - began)
            residents.reach(residents.accepted + 10)
    assert {attempt.status for attempt in journal.attempts()} <= {201, 502, 503, 507, None}
    view.close()
    result = settled(exposed.installation, view, estate, journal, dead_letters=dead)
    report("F22", "up", result, kills=0, volume=full, recoveries=recoveries)
