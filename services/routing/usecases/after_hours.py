"""Outside the hours of the service centre the duty leader takes what comes in (R43) and hands over what is left (R44)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from services.chassis.scope import lineage
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.assignment import ACCEPTING
from services.routing.storage import cases, estates, people, work_orders
from services.routing.storage.estates import Estate
from services.routing.usecases.context import Rules
from services.routing.usecases.dispatch import Roster, roster
from services.routing.usecases.moving import Move, move

#: Orders handed over in one transaction.
BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty at an estate whose service centre is closed, and when it opens."""

    roster: Roster
    department: str
    opens_at: datetime

    def take(self, estate: Estate) -> str | None:
        """The duty leader with the least open work, None where none is on shift."""
        return self.roster.take(estate, self.department)


def on_duty(connection: Connection, rules: Rules, places: Iterable[Estate], now: datetime) -> dict[str, Duty]:
    """For each of these estates where it is after hours now, by its code, who is on duty (R43)."""
    closed: dict[tuple[str, str], list[Estate]] = {}
    opens: dict[str, datetime] = {}
    for place in places:
        regime = rules.regimes.of(place)
        if not regime.open_hours.is_open(now):
            opens[place.code] = regime.open_hours.opening(now)
            wanted = (regime.after_hours.department, regime.after_hours.role)
            closed.setdefault(wanted, []).append(place)
    found: dict[str, Duty] = {}
    for (department, role), here in closed.items():
        leaders = _leaders(connection, here, department, role, now)
        found |= {place.code: Duty(leaders, department, opens[place.code]) for place in here}
    return found


def duty_leaders(connection: Connection, rules: Rules, place: Estate, now: datetime) -> tuple[str, ...]:
    """The duty leaders on shift at an estate, whatever the hour."""
    wanted = rules.regimes.of(place).after_hours
    leaders = _leaders(connection, [place], wanted.department, wanted.role, now)
    return tuple(leaders.on_shift(place, wanted.department))


def hand_over_due(work: UnitOfWork, rules: Rules, limit: int = BATCH) -> int:
    """Hand over to the service centre what duty leaders could not finish by its opening (R44); returns how many.

    Each order once: who takes it next, a person of the service centre or nobody yet, has it like any other.
    """
    waiting = work_orders.lock_to_hand_over(work.connection, work.now, limit)
    if not waiting:
        return 0
    work_orders.handed_over(work.connection, [order.id for order in waiting])
    left = [order for order in waiting if order.status in work_orders.ON_HAND]
    found = cases.lock(work.connection, {order.number for order in left})
    places = estates.estates_of(work.connection, {case.estate for case in found.values()})
    centre = roster(work.connection, places.values(), {ACCEPTING}, work.now)
    for order in left:
        case = found[order.number]
        place = places[case.estate]
        department = centre.department(place, ACCEPTING)
        to = Move(department, centre.take(place, department), entry="handed_over")
        move(work, rules, case, order, to)
    return len(waiting)


def _leaders(
    connection: Connection, here: Iterable[Estate], department: str, role: str, now: datetime
) -> Roster:
    paths = sorted({path for place in here for path in lineage(place.path)})
    return Roster({}, *people.candidates(connection, paths, [department], role=role), now)
