"""Where doing it again has not satisfied the complainant, the next round goes upwards (R123)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from services.chassis.scope import lineage
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.cases import goes_upwards
from services.routing.domain.staff import nearest
from services.routing.storage import people
from services.routing.storage.estates import Estate
from services.routing.usecases.context import Rules


def upwards(
    work: UnitOfWork,
    rules: Rules,
    cases: Sequence[Row[Any]],
    places: Mapping[str, Estate],
    departments: Mapping[str, str],
) -> dict[str, str | None]:
    """Whose the next round is, for those of the cases that go upwards; None where nobody is above.

    `places` gives the estates by code, `departments` the department of each case.
    """
    policies = {code: rules.policies.of(place.path).closing for code, place in places.items()}
    going = [c for c in cases if goes_upwards(c.round, policies[c.estate].rounds_before_escalation)]
    if not going:
        return {}
    paths = {path for case in going for path in lineage(places[case.estate].path)}
    roles = {policies[case.estate].escalates_to for case in going}
    above = people.leaders(work.connection, paths, roles)
    return {
        case.number: nearest(
            above, policies[case.estate].escalates_to, places[case.estate].path, departments[case.number]
        )
        for case in going
    }
