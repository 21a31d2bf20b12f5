"""What the use cases need besides their unit of work and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from services.chassis.events import HISTORICAL, LIVE, Event
from services.chassis.unit_of_work import UnitOfWork
from services.routing.domain.policy.policy import Policy
from services.routing.domain.rules import Pack
from services.routing.metrics import RoutingMetrics
from services.routing.policy.holding import Policies
from services.routing.storage import estates
from services.routing.usecases.regimes import Regimes


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the rule pack, the policies of all places, the regimes of the clocks, the pause before a new dispatch."""

    pack: Pack
    policies: Policies
    regimes: Regimes
    metrics: RoutingMetrics
    dispatch_retry: timedelta = timedelta(seconds=30)


class CaseRow(Protocol):
    """The columns of a case that say how its events are marked."""

    @property
    def number(self) -> str: ...

    @property
    def estate(self) -> str: ...

    @property
    def historical(self) -> bool: ...


def policy_of(work: UnitOfWork, rules: Rules, case: CaseRow) -> Policy:
    """The policy that holds at the estate of a case."""
    place = estates.estates_of(work.connection, [case.estate])[case.estate]
    return rules.policies.of(place.path)


def tell(
    work: UnitOfWork, name: str, case: CaseRow, data: Mapping[str, Any], *, cause: Event | None = None
) -> None:
    """Record an event of a case, marked as historical where the case is (DESIGN §2.11)."""
    mode = HISTORICAL if case.historical else LIVE
    work.record(
        name, case.number, {"number": case.number, **data}, estate=case.estate, mode=mode, cause=cause
    )
