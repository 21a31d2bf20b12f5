"""F20: every process is asked to end and comes back, while residents complain; nobody has to ask twice."""

from __future__ import annotations

import os
import signal
from time import monotonic

import pytest

from services.chassis.settings import GRACE_SECONDS
from services.chassis.testing import eventually
from tests.e2e.installation import Installation, alive
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import SUITE, chosen, size
from tests.faults.view import View

#: The processes that answer, then those that work.
ROLES = [
    "gateway",
    *(f"{service}-web" for service in ("intake", "routing", "notification", "analytics")),
    *(f"{service}-worker" for service in ("intake", "routing", "notification", "analytics")),
]
_PATIENCE = 90.0


@pytest.mark.parametrize("installation", ["onemachine"], indirect=True)
def test_a_rolling_restart_fails_no_request(installation: Installation, view: View, journal: Journal) -> None:
    # Given
    estate, dead = "laurel", view.dead_letters()
    took: list[float] = []

    # When each process is asked to end, one after the other, or all behind the gateway at once where time is short
    lots = [ROLES[:1], ROLES[1:]] if chosen() == SUITE else [[role] for role in ROLES]
    with Residents(
        installation.people.public, estate, journal, senders=size(full=10, suite=3), pause=0.1
    ) as residents:
        residents.reach(5)
        for lot in lots * size(full=10, suite=1):
            took += restarted(installation, lot)
        residents.reach(residents.accepted + 5)

    # Then
    assert {attempt.status for attempt in journal.attempts()} == {201}
    assert max(took) <= GRACE_SECONDS
    result = settled(installation, view, estate, journal, dead_letters=dead)
    report("F20", installation.command, result, kills=len(took), slowest_answer=max(residents.seconds))


def restarted(installation: Installation, roles: list[str]) -> list[float]:
    """Ask these to end and wait until others have taken their place; the seconds each of them took to end."""
    before = {role: installation.gunicorn(role) for role in roles}
    asked = monotonic()
    ended: dict[str, float] = {}
    for pid in before.values():
        assert pid is not None
        os.kill(pid, signal.SIGTERM)

    def all_ended() -> bool:
        for role, pid in before.items():
            if role not in ended and not alive(pid or 0):
                ended[role] = monotonic() - asked
        return len(ended) == len(roles)

    eventually(all_ended, _PATIENCE)
    eventually(lambda: all(installation.serving(role) for role in roles), _PATIENCE, interval=0.2)
    return list(ended.values())
