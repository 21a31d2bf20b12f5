"""Everything ends at once while complaints come in, and is started again: what was accepted is there, once."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import pytest

from tests.e2e.group import SOUTH
from tests.e2e.installation import Installation
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.ledger import Balance
from tests.faults.residents import Residents
from tests.faults.settling import settled, told
from tests.faults.sizes import size
from tests.faults.view import View


def test_every_accepted_complaint_outlives_a_crash_of_everything(
    installation: Installation, view: View, journal: Journal
) -> None:
    result, recoveries = survives(installation, view, journal, "cedar", installation.kill)
    report("crash of all", installation.command, result, kills=len(recoveries), recoveries=recoveries)


@pytest.mark.parametrize("installation", ["embedded"], indirect=True)
def test_every_accepted_complaint_outlives_a_crash_that_the_database_server_survives(
    installation: Installation, view: View, journal: Journal
) -> None:
    result, recoveries = survives(installation, view, journal, "pine", installation.kill_programs)
    report("crash of programs", "run", result, kills=len(recoveries), recoveries=recoveries)


def survives(
    installation: Installation, view: View, journal: Journal, estate: str, kill: Callable[[], None]
) -> tuple[Balance, list[float]]:
    """Kill it under traffic and start it again, so and so often; a green balance, and the seconds to the next receipt."""
    dead, recoveries = view.dead_letters(), []
    with Residents(installation.people.public, estate, journal) as residents:
        for _ in range(size(full=20, suite=1)):
            residents.reach(residents.accepted + 60)
            kill()
            began, before = monotonic(), residents.accepted
            installation.start()
            residents.reach(before + 1)
            recoveries.append(monotonic() - began)

    result = settled(installation, view, estate, journal, dead_letters=dead)
    told(view, f"{SOUTH}/{estate}", ("receipt",), len(result.accepted))
    return result, recoveries
