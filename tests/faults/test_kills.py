"""`kill -9` on one service while complaints come in: each is accepted, handled, told and counted once."""

from __future__ import annotations

import pytest

from services.chassis.testing import eventually
from tests.e2e.cases import complain, kpis
from tests.e2e.group import MAPLE, SOUTH
from tests.e2e.installation import Installation
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.killer import Killer
from tests.faults.recount import recount, shown
from tests.faults.residents import Residents
from tests.faults.settling import settled, told
from tests.faults.sizes import size
from tests.faults.view import View

#: Seconds each of the residents waits between two complaints.
_PAUSE = 0.03
#: What a resident is told of a complaint once it is somebody's.
_TEMPLATES = ("receipt", "assigned_resident")


def test_routing_killed_again_and_again_gives_every_complaint_one_work_order(
    installation: Installation, view: View, journal: Journal
) -> None:
    """F1."""
    estate, dead = "alder", view.dead_letters()
    killer = Killer(lambda: installation.serving("routing-worker"), lambda: view.newest("routing", estate))

    with Residents(installation.people.public, estate, journal, pause=_PAUSE) as residents:
        residents.reach(10)
        killer.kill(size(full=200, suite=2))
        residents.reach(size(full=20_000, suite=60))

    result = settled(installation, view, estate, journal, dead_letters=dead)
    report("F1", installation.command, result, kills=len(killer.recoveries), recoveries=killer.recoveries)


def test_intake_and_its_gunicorn_killed_under_posts_keep_every_receipt_and_make_one_case_a_key(
    installation: Installation, view: View, journal: Journal
) -> None:
    """F2."""
    estate, dead = "ash", view.dead_letters()
    revive = installation.start if installation.command == "run" else lambda: None

    def pulse() -> object:
        return view.newest("intake", estate)

    serving = Killer(lambda: installation.serving("intake-web"), pulse)
    gunicorn = Killer(lambda: installation.gunicorn("intake-web"), pulse, revive)

    with Residents(installation.people.public, estate, journal) as residents:
        residents.reach(10)
        serving.kill(size(full=150, suite=2))
        gunicorn.kill(size(full=50, suite=1))

    result = settled(installation, view, estate, journal, dead_letters=dead)
    recoveries = serving.recoveries + gunicorn.recoveries
    report("F2", installation.command, result, kills=len(recoveries), recoveries=recoveries)


@pytest.mark.parametrize("installation", ["onemachine"], indirect=True)
def test_notification_killed_again_and_again_writes_every_notice_once_and_sends_it(
    installation: Installation, view: View, journal: Journal
) -> None:
    """F4: of each complaint one receipt, and one word that somebody is on it."""
    estate, dead = "aspen", view.dead_letters()
    killer = Killer(
        lambda: installation.serving("notification-worker"), lambda: view.newest("notification", estate)
    )

    with Residents(installation.people.public, estate, journal, pause=_PAUSE) as residents:
        residents.reach(10)
        killer.kill(size(full=200, suite=2))
        residents.reach(size(full=20_000, suite=60) // len(_TEMPLATES))

    result = settled(installation, view, estate, journal, dead_letters=dead)
    told(view, f"{SOUTH}/{estate}", _TEMPLATES, len(result.accepted))
    report("F4", installation.command, result, kills=len(killer.recoveries), recoveries=killer.recoveries)


def test_analytics_killed_again_and_again_counts_as_a_recount_does_and_so_does_the_whole_log_once_more(
    installation: Installation, view: View, journal: Journal
) -> None:
    """F5."""
    estate, dead = "beech", view.dead_letters()
    people = installation.people
    killer = Killer(
        lambda: installation.serving("analytics-worker"), lambda: view.newest("analytics", estate)
    )

    with Residents(people.public, estate, journal, pause=_PAUSE) as residents:
        residents.reach(10)
        killer.kill(size(full=200, suite=2))
        for household in range(1, 3):
            complain(people, household).resolve()

    result = settled(installation, view, estate, journal, dead_letters=dead)
    counted = recount(view)

    def agrees() -> bool:
        estates = {**kpis(people, MAPLE), **kpis(people, SOUTH)}
        assert shown(estates.values()) == counted.estates
        for by, known in (("category", counted.categories), ("channel", counted.channels)):
            assert {key: row["received"] for key, row in kpis(people, "linli", by=by).items()} == known
        return True

    eventually(agrees, 30.0, interval=0.5)
    told = installation.linli("rebuild", "analytics")
    assert "it is read from now on" in told
    assert agrees()
    report("F5", installation.command, result, kills=len(killer.recoveries), recoveries=killer.recoveries)
