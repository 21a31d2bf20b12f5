"""Finding who takes a work order, and trying again those nobody could take (R84-R86)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from services.chassis.scope import lineage, within
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.assignment import (
    Candidate,
    Workloads,
    available,
    responsible_department,
)
from services.routing.domain.clocks.course import Moment
from services.routing.domain.shifts import minute_of_week
from services.routing.storage import cases, estates, people, timeline, work_orders
from services.routing.storage.estates import Estate
from services.routing.usecases.clocks.moments import Happening, happened
from services.routing.usecases.context import Rules, tell

#: Orders tried in one transaction.
BATCH = 100


class Roster:
    """Who is on shift at one instant for some estates, and how much each has to do."""

    def __init__(
        self,
        departments: Mapping[str, frozenset[str]],
        candidates: Iterable[Candidate],
        workloads: Workloads,
        now: datetime,
    ) -> None:
        self._departments = departments
        self._candidates = list(candidates)
        self._workloads = workloads
        self._now = now
        self._on_shift: dict[tuple[str, str], list[str]] = {}
        self._existing: dict[str, frozenset[str]] = {}

    def department(self, estate: Estate, wanted: str) -> str:
        """The department that takes what the rule pack gives to `wanted`."""
        existing = self._existing.get(estate.path)
        if existing is None:
            here = (self._departments.get(path, frozenset()) for path in lineage(estate.path))
            existing = self._existing[estate.path] = frozenset().union(*here)
        return responsible_department(wanted, existing)

    def take(self, estate: Estate, department: str) -> str | None:
        """The id of the person on shift with the least open work, who has one order more from now on."""
        return self._workloads.take(self.on_shift(estate, department))

    def on_shift(self, estate: Estate, department: str) -> list[str]:
        """The ids of those on shift."""
        key = (estate.code, department)
        people = self._on_shift.get(key)
        if people is None:
            minute = minute_of_week(self._now.astimezone(ZoneInfo(estate.zone)))
            here = (one for one in self._candidates if within(estate.path, one.path))
            people = available(here, department, minute)
            self._on_shift[key] = people
        return people


def roster(
    connection: Connection,
    served: Iterable[Estate],
    departments: Iterable[str],
    now: datetime,
    *,
    role: str = "handler",
) -> Roster:
    """Read who of a role may take work of these estates, with two queries however many they are."""
    paths = sorted({path for estate in served for path in lineage(estate.path)})
    existing = estates.departments_at(connection, paths)
    wanted = sorted({*departments, *(code for codes in existing.values() for code in codes)})
    candidates, workloads = people.candidates(connection, paths, wanted, role=role)
    return Roster(existing, candidates, workloads, now)


def dispatch_waiting(work: UnitOfWork, rules: Rules, limit: int = BATCH) -> int:
    """Try the open work orders again, oldest first; returns how many found their person.

    What still nobody can take is tried again after a pause, so that it does not keep later ones from their turn.
    """
    waiting = work_orders.lock_undispatched(work.connection, work.now, limit)
    if not waiting:
        return 0
    places = {row.estate: Estate(row.estate, row.path, row.zone) for row in waiting}
    on_duty = roster(work.connection, places.values(), {row.department for row in waiting}, work.now)
    given, left, entries = [], [], []
    for row in waiting:
        person = on_duty.take(places[row.estate], row.department)
        if person is None:
            left.append(row.id)
            continue
        given.append((row, person))
        entries.append(assigned_entry(row.number, work.now, row.id, row.department, person))
    work_orders.assign(work.connection, [{"id": row.id, "assignee": p} for row, p in given], work.now)
    work_orders.postpone(work.connection, left, work.now + rules.dispatch_retry)
    # A part that finds its person moves nothing but itself (R100).
    dispatched = list(_cases((row, person) for row, person in given if row.parent is None))
    cases.change(
        work.connection, ["status"], [{"number": row.number, "status": "assigned"} for row in dispatched]
    )
    timeline.append(work.connection, entries)
    happened(work, rules, [Happening(row, Moment.DISPATCHED, work.now) for row in dispatched])
    for row, person in given:
        data = assigned(row.id, row.department, person, row.party_id, work.now, row.parent)
        tell(work, "workorder.assigned", row, data)
    return len(given)


def _cases(given: Iterable[tuple[Row[Any], str]]) -> Iterable[Row[Any]]:
    """Each case once, whatever number of its orders were given."""
    return {row.number: row for row, _ in given}.values()


def assigned(
    id_: str, department: str, person: str, party_id: str | None, at: datetime, parent: str | None = None
) -> dict[str, object]:
    """The data of `workorder.assigned`; `party_id` is the complainant's, `parent` the order this is a part of."""
    return {
        "parent": parent,
        "work_order_id": str(id_),
        "department": department,
        "assignee": person,
        "party_id": party_id,
        "at": at,
    }


def assigned_entry(number: str, at: datetime, id_: str, department: str, person: str) -> dict[str, object]:
    """The entry of the timeline that goes with it."""
    details = {"department": department, "assignee": person}
    return timeline.entry(number, at, "assigned", work_order_id=str(id_), details=details)
