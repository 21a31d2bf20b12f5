"""F10: no broker at all, also when the workers start. Complaints are taken as ever, and wait."""

from __future__ import annotations

import os
import signal
from statistics import quantiles
from time import monotonic

import requests

from services.chassis.testing import eventually
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.outages.exposed import Exposed
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View

ESTATE = "spruce"
#: Seconds without a broker, and complaints that wait at its end.
_AWAY, _BACKLOG = size(full=1800, suite=4), size(full=20_000, suite=60)
#: Seconds from the start of the broker until the backlog has left.
_DRAINED = 300.0
#: Answers may take so much longer than with a broker; below so many seconds nobody minds.
_SLOWER, _UNNOTICED = 1.5, 1.0


def test_without_a_broker_complaints_are_taken_as_ever_and_wait(
    exposed: Exposed, view: View, journal: Journal
) -> None:
    # Given
    installation, dead = exposed.installation, view.dead_letters()
    with Residents(installation.people.public, ESTATE, journal, pause=0.02) as residents:
        residents.reach(size(full=2_000, suite=60))
        usual, asked = p99(residents.seconds), len(residents.seconds)

        # When the broker is gone, and two workers start without it
        exposed.broker.kill()
        began, taken = monotonic(), residents.accepted
        for role in ("intake-worker", "routing-worker"):
            before = exposed.installation.serving(role)
            os.kill(installation.gunicorn(role) or 0, signal.SIGKILL)
            eventually(lambda role=role, before=before: installation.serving(role) not in (None, before), 30)
        eventually(lambda: monotonic() - began >= _AWAY, _AWAY + 10)
        residents.reach(taken + _BACKLOG)
        away = p99(residents.seconds[asked:])

        # Then everything says that it lives and is ready, but for the one figure that raises the alert
        eventually(lambda: all(states(exposed)), 60)
        eventually(lambda: installation.metric("linli_outbox_oldest_seconds", service="intake") >= 1.0, 30)
        assert view.unsent() >= _BACKLOG
    assert away <= max(_UNNOTICED, usual * _SLOWER)
    assert {attempt.status for attempt in journal.attempts()} == {201}

    # When
    began = monotonic()
    exposed.broker.start()

    # Then
    eventually(lambda: view.unsent() == 0, _DRAINED, interval=0.1)
    drained = monotonic() - began
    result = settled(installation, view, ESTATE, journal, dead_letters=dead)
    eventually(lambda: installation.metric("linli_outbox_oldest_seconds") == 0, 30, interval=0.5)
    seconds = {"usual": round(usual, 3), "away": round(away, 3), "drained": round(drained, 2)}
    report("F10", installation.command, result, kills=1, p99=seconds)


def p99(seconds: list[float]) -> float:
    """What one answer in a hundred takes longer than."""
    return quantiles(seconds, n=100, method="inclusive")[98]


def states(exposed: Exposed) -> list[bool]:
    """What every process says of its liveness and readiness."""
    port = exposed.installation.port
    urls = [f"http://127.0.0.1:{port + n}{path}" for n in range(9) for path in ("/healthz", "/readyz")]
    return [requests.get(url, timeout=10).ok for url in urls]
