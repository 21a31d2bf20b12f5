"""F21: the database is killed, throws everybody out, or lets nobody in. No promise without its row, no row twice."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from time import monotonic

import psycopg

from services.chassis.testing import eventually
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.outages.exposed import Exposed
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View

ESTATE = "larch"
#: Seconds from a database that accepts sessions to the first complaint taken.
_BACK = 5.0
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 'linli%'"


def kill(exposed: Exposed) -> None:
    """End it as a crash would, and start it."""
    exposed.database.kill()
    exposed.database.start()


def throw_everybody_out(exposed: Exposed) -> None:
    """A storm of ended sessions."""
    with exposed.administrator() as connection:
        for _ in range(10):
            connection.execute(_OTHERS)


def let_nobody_in(exposed: Exposed) -> None:
    """Take every session there is, while the others' are ended."""
    with ExitStack() as taken:
        first = taken.enter_context(exposed.administrator())
        first.execute(_OTHERS)
        with suppress(psycopg.OperationalError):
            while True:
                taken.enter_context(exposed.administrator())
        first.execute(_OTHERS)


#: What happens to it, and how often.
DISTURBANCES = (
    (kill, size(full=50, suite=1)),
    (throw_everybody_out, size(full=50, suite=1)),
    (let_nobody_in, size(full=10, suite=1)),
)


def test_a_database_that_goes_and_comes_back_keeps_every_promise(
    exposed: Exposed, view: View, journal: Journal
) -> None:
    # Given
    dead, recoveries = view.dead_letters(), []
    with Residents(exposed.installation.people.public, ESTATE, journal, pause=0.02) as residents:
        for disturb, times in DISTURBANCES:
            residents.reach(residents.accepted + 10)

            # When
            for _ in range(times):
                disturb(exposed)
                began, before = monotonic(), residents.accepted
                eventually(lambda before=before: residents.accepted > before, _BACK)
                recoveries.append(monotonic() - began)
                residents.reach(residents.accepted + 10)

    # Then
    view.close()
    assert {attempt.status for attempt in journal.attempts()} <= {201, 502, 503, None}
    result = settled(exposed.installation, view, ESTATE, journal, dead_letters=dead)
    report("F21", "up", result, kills=len(recoveries), recoveries=recoveries)
