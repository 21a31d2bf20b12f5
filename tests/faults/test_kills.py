"""F1: `kill -9` while complaints come in; every one reaches its work order, once."""

from __future__ import annotations

from tests.e2e.installation import Installation
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.killer import Killer
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import View

_NEWEST_ORDER = "SELECT max(created_at) FROM work_orders WHERE estate = :estate"


def test_routing_killed_again_and_again_gives_every_complaint_one_work_order(
    installation: Installation, view: View, journal: Journal
) -> None:
    estate = "alder"
    dead = view.dead_letters()
    killer = Killer(
        lambda: installation.serving("routing-worker"),
        lambda: view.value("routing", _NEWEST_ORDER, estate=estate),
    )

    with Residents(installation.people.public, estate, journal, pause=0.02) as residents:
        residents.reach(10)
        killer.kill(size(200, 3))
        residents.reach(size(20_000, 60))

    result = settled(installation, view, estate, journal, dead_letters=dead)
    report("F1", installation.command, result, kills=len(killer.recoveries), recoveries=killer.recoveries)
