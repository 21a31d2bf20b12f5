"""`linli rebuild analytics` while complaints are being made."""

from __future__ import annotations

import threading

from services.chassis.testing import eventually
from tests.e2e.cases import complain, kpis
from tests.e2e.client import People
from tests.e2e.counting import received, settled
from tests.e2e.group import MAPLE
from tests.e2e.installation import Installation


def test_a_rebuild_beside_traffic_ends_with_the_figures_of_before_and_loses_none(
    installation: Installation,
) -> None:
    people = installation.people
    complaint = {"estate": "willow", "channel": "web", "text": "楼道的灯坏了。"}
    earlier = resolved(people)
    complain(people, household=20).resolve()
    eventually(lambda: resolved(people) == earlier + 1)
    before = kpis(people, MAPLE)["maple"]
    sent, over = [], threading.Event()

    def traffic() -> None:
        while not over.is_set():
            sent.append(people.public.post("/api/intake/complaints", complaint)["number"])

    sending = threading.Thread(target=traffic)
    sending.start()
    try:
        eventually(lambda: received(people, "willow") >= 10)
        told = installation.linli("rebuild", "analytics")
    finally:
        over.set()
        sending.join()

    assert "it is read from now on" in told
    after = kpis(people, MAPLE)["maple"]
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}
    assert set(settled(installation, "willow")) == set(sent)
    assert received(people, "willow") == len(sent)


def resolved(people: People) -> int:
    """How many complaints of maple the KPIs count as resolved."""
    return int(kpis(people, MAPLE).get("maple", {"resolved": 0})["resolved"])
