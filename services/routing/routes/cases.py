"""A case as it is shown, and as it is shown after somebody did something about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from flask import Response
from sqlalchemy import Connection

from services.chassis.auth.principal import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.http.access import current_principal
from services.chassis.http.idempotency import Answer, once
from services.chassis.http.problems import language
from services.chassis.i18n import Translator
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.rules import Urgency
from services.routing.domain.severity import Severity
from services.routing.routes.clock_words import told
from services.routing.routes.discretion import approval_for, entries_for
from services.routing.routes.repeats import optional_key
from services.routing.routes.work_orders import presented
from services.routing.schemas.complaints import CaseDetailSchema
from services.routing.storage import (
    approvals,
    cases,
    escalations,
    facts,
    investigations,
    links,
    proposals,
    repeats,
    timeline,
    work_orders,
)
from services.routing.storage.estates import Estate
from services.routing.usecases.clocks.explaining import explained
from services.routing.usecases.context import Rules
from services.routing.usecases.responsibility import Answered, answers_for

#: Who decides on a case (R90, R92, R93); a head and a receiver correct what they see at the desk.
DECIDING: Final = ("receiver", "head", "director", "centre")

_NUMBER = re.compile(r"[A-Z0-9-]{1,40}", re.ASCII)
_DETAIL = CaseDetailSchema()


def check(number: str) -> None:
    """Raise `NotFound` for what cannot be the number of a complaint."""
    if not _NUMBER.fullmatch(number):
        raise NotFound("complaint_unknown", number=number)


class ShownCases:
    """The cases of a database, told in the reader's language."""

    def __init__(self, database: Database, rules: Rules, translator: Translator) -> None:
        self._database = database
        self._rules = rules
        self._translator = translator

    def acted(self, number: str, action: Callable[[UnitOfWork, Principal], None]) -> Response:
        """Do something about a case, once for each key, and answer with what it is then. Raises `NotFound`."""
        caller = current_principal()
        key = optional_key()
        check(number)

        def act(work: UnitOfWork) -> Answer:
            action(work, caller)
            return Answer(200, _DETAIL.dump(self.shown(work.connection, number, caller, work.now)))

        return once(self._database, key, act).response()

    def shown(self, connection: Connection, number: str, caller: Principal, now: datetime) -> dict[str, Any]:
        """A case of the caller's subtree with all that belongs to it. Raises `NotFound`."""
        check(number)
        case = cases.find(connection, number, scope=caller.path)
        if case is None:
            raise NotFound("complaint_unknown", number=number)
        estate = Estate(case["estate"], case["path"], case["zone"])
        policy = self._rules.policies.of(estate.path)
        role, person = answers_for(connection, self._rules, _answered(case), estate)
        clocks = explained(connection, self._rules, case, estate, now)
        return {
            **labelled(self._rules, [case], {estate.code: estate})[0],
            "work_orders": [presented(row) for row in work_orders.of_case(connection, number)],
            "approvals": [approval_for(caller, policy, row) for row in approvals.of_case(connection, number)]
            if case["has_approvals"]
            else [],
            "proposals": proposals.of_case(connection, number) if case["has_proposals"] else [],
            "responsible": {"role": role, "staff_id": person},
            "repeats": repeats.earlier_of(connection, number) if case["repeat"] else [],
            "links": links.of_case(connection, number, scope=caller.path) if case["has_links"] else [],
            "investigation": investigations.of_case(connection, number)
            if case["has_investigation"]
            else None,
            "facts": facts.of_cases(connection, [number])[number] if case["has_facts"] else [],
            "timeline": entries_for(caller, policy, timeline.of_case(connection, number)),
            "clocks": told(clocks, self._translator, now),
            "observers": escalations.observers_of(connection, number) if case["has_observers"] else [],
        }


def _answered(case: Mapping[str, Any]) -> Answered:
    return Answered(
        **{name: case[name] for name in ("number", "estate", "category", "severity", "urgency", "historical")}
    )


def labelled(
    rules: Rules, rows: Sequence[Mapping[Any, Any]], places: Mapping[str, Estate]
) -> list[dict[str, Any]]:
    """Cases with the operator's words for severity and urgency, in the language of the request (R55-R59)."""
    tongue = language()
    shown = []
    for row in rows:
        labels = rules.policies.of(places[row["estate"]].path).labels
        shown.append(
            {
                **row,
                "severity_label": getattr(labels.of_severity(Severity(row["severity"])), tongue),
                "urgency_label": getattr(labels.of_urgency(Urgency(row["urgency"])), tongue),
            }
        )
    return shown
