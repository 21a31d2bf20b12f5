"""Who stands around some cases, read with a few queries however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.chassis.scope import lineage, within
from services.routing.domain.clocks.receivers import LEADING, Standing
from services.routing.domain.staff import Leader
from services.routing.storage import people, work_orders
from services.routing.storage.estates import Estate
from services.routing.usecases.after_hours import duty_leaders
from services.routing.usecases.context import Rules


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The unfinished work orders of some cases, and who stands around each."""

    orders: Mapping[str, list[Row[Any]]]
    standings: Mapping[str, Standing]


def surroundings(
    connection: Connection,
    rules: Rules,
    cases: Iterable[Any],
    places: Mapping[str, Estate],
    now: datetime,
    *,
    duty: bool,
) -> Surroundings:
    """What surrounds these cases, with who is on duty where that is asked for; their work orders are locked.

    Lock the cases before.
    """
    estate_of = {case.number: places[case.estate] for case in cases}
    orders: dict[str, list[Row[Any]]] = {number: [] for number in estate_of}
    for order in work_orders.lock_unfinished(connection, list(estate_of)):
        # A part is passed on by who owns the matter.
        if order.parent is None:
            orders[order.number].append(order)
    paths = sorted({path for place in places.values() for path in lineage(place.path)})
    leaders = people.leaders(connection, paths, LEADING)
    on_duty = {
        code: duty_leaders(connection, rules, place, now) if duty else () for code, place in places.items()
    }
    return Surroundings(
        orders,
        {
            number: _standing(orders[number], estate_of[number], leaders, on_duty[estate_of[number].code])
            for number in estate_of
        },
    )


def _standing(
    orders: Iterable[Row[Any]], estate: Estate, leaders: Iterable[Leader], duty: tuple[str, ...]
) -> Standing:
    return Standing(
        handlers=tuple(sorted({order.assignee for order in orders if order.assignee})),
        departments=tuple(sorted({order.department for order in orders})),
        duty=duty,
        leaders=tuple(leader for leader in leaders if within(estate.path, leader.path)),
    )
