"""F6: the one broker is killed under load. No answer and no complaint is lost with it."""

from __future__ import annotations

from time import monotonic

from services.chassis.testing import eventually
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.outages.exposed import Exposed
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View

ESTATE = "yew"
#: Seconds from a broker that answers to the first confirm. Reported is the time from its start.
_BACK = 15.0
_CONFIRMED = "SELECT max(sent_at) FROM archive"


def test_a_broker_that_is_killed_costs_no_answer_and_no_complaint(
    exposed: Exposed, view: View, journal: Journal
) -> None:
    # Given
    dead, recoveries = view.dead_letters(), []
    with Residents(exposed.installation.people.public, ESTATE, journal, pause=0.05) as residents:
        residents.reach(10)

        # When
        for _ in range(size(full=30, suite=1)):
            exposed.broker.kill()
            residents.reach(residents.accepted + 10)
            began, before = monotonic(), view.value("intake", _CONFIRMED)
            exposed.broker.start()
            eventually(lambda before=before: view.value("intake", _CONFIRMED) != before, _BACK)
            recoveries.append(monotonic() - began)
            residents.reach(residents.accepted + 10)

    # Then
    assert {attempt.status for attempt in journal.attempts()} == {201}
    result = settled(exposed.installation, view, ESTATE, journal, dead_letters=dead)
    report("F6", exposed.installation.command, result, kills=len(recoveries), recoveries=recoveries)
