"""A look, not a limit: how long after its receipt a complaint is in somebody's hands."""

from __future__ import annotations

from datetime import datetime
from statistics import quantiles

import pytest

from tests.e2e.cases import complain
from tests.e2e.installation import Installation

_COMPLAINTS = 50


@pytest.mark.parametrize("installation", ["onemachine"], indirect=True)
def test_a_look_at_the_time_from_receipt_to_assignment(installation: Installation) -> None:
    people = installation.people
    made = [complain(people, household=None) for _ in range(_COMPLAINTS)]
    taken = []
    for case in made:
        assigned = datetime.fromisoformat(case.order()["assigned_at"])
        taken.append((assigned - datetime.fromisoformat(case.shown["recorded_at"])).total_seconds())

    cuts = quantiles(taken, n=100)
    print(f"\nreceipt to assignment: p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms")
    assert len(taken) == _COMPLAINTS
