"""A case as it is shown, and as it is shown after somebody did something about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from flask import Response
from sqlalchemy import Connection, RowMapping

from services.chassis.auth.principal import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.http.access import current_principal
from services.chassis.http.idempotency import Answer, once
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.clocks.record import verdict
from services.routing.routes.repeats import optional_key
from services.routing.routes.work_orders import presented
from services.routing.schemas.complaints import CaseDetailSchema
from services.routing.storage import (
    approvals,
    cases,
    clocks,
    investigations,
    links,
    repeats,
    timeline,
    work_orders,
)

#: Who decides on a case (R90, R92, R93); a head and a receiver correct what they see at the desk.
DECIDING: Final = ("receiver", "head", "director", "centre")

_NUMBER = re.compile(r"[A-Z0-9-]{1,40}", re.ASCII)
_DETAIL = CaseDetailSchema()


def check(number: str) -> None:
    """Raise `NotFound` for what cannot be the number of a complaint."""
    if not _NUMBER.fullmatch(number):
        raise NotFound("complaint_unknown", number=number)


def acted(database: Database, number: str, action: Callable[[UnitOfWork, Principal], None]) -> Response:
    """Do something about a case, once for each key, and answer with what it is then. Raises `NotFound`."""
    caller = current_principal()
    key = optional_key()
    check(number)

    def act(work: UnitOfWork) -> Answer:
        action(work, caller)
        return Answer(200, _DETAIL.dump(shown(work.connection, number, caller, work.now)))

    return once(database, key, act).response()


def shown(connection: Connection, number: str, caller: Principal, now: datetime) -> dict[str, Any]:
    """A case of the caller's subtree with all that belongs to it. Raises `NotFound`."""
    check(number)
    case = cases.find(connection, number, scope=caller.path)
    if case is None:
        raise NotFound("complaint_unknown", number=number)
    return {
        **case,
        "work_orders": [presented(row) for row in work_orders.of_case(connection, number)],
        "approvals": approvals.of_case(connection, number),
        "repeats": repeats.earlier_of(connection, number),
        "links": links.of_case(connection, number, scope=caller.path),
        "investigation": investigations.of_case(connection, number),
        "timeline": timeline.of_case(connection, number),
        "clocks": [_judged(row, now) for row in clocks.of_case(connection, number)],
    }


def _judged(row: RowMapping, now: datetime) -> dict[str, Any]:
    return {**row, "verdict": verdict(row["due_at"], row["stopped_at"], now)}
