"""What routing does by the clock, in the role `worker`; any number of workers may do it beside each other."""

from __future__ import annotations

from services.chassis.database import Database
from services.chassis.http import rate_limit
from services.chassis.loops import Loop
from services.routing.domain.likeness import Similarity
from services.routing.metrics import RoutingMetrics
from services.routing.storage import tokens
from services.routing.usecases import chaining, clocks, dispatch, suggestions
from services.routing.usecases.context import Rules

#: Seconds between two looks at the clocks when nothing was due, and at the orders that wait.
_DUE_PAUSE = 1.0
_DISPATCH_PAUSE = 2.0
_COMPARE_PAUSE = 2.0
_FORGET_PAUSE = 600.0
#: Between two looks whether something is to be chained or sealed.
_CHAIN_PAUSE = 60.0


def noticing(database: Database, metrics: RoutingMetrics) -> Loop:
    """Tells of clocks that ran past their target."""

    def step() -> bool:
        with database.begin() as work:
            return clocks.notice_overdue(work, metrics) > 0

    return Loop("routing.due-clocks", step, pause=_DUE_PAUSE)


def dispatching(database: Database, rules: Rules) -> Loop:
    """Finds persons for the work orders that have none yet."""

    def step() -> bool:
        with database.begin() as work:
            return dispatch.dispatch_waiting(work, rules) > 0

    return Loop("routing.dispatch", step, pause=_DISPATCH_PAUSE)


def comparing(database: Database, rules: Rules, similarity: Similarity) -> Loop:
    """Compares new cases with others, and suggests what may belong together (R60, R69)."""

    def step() -> bool:
        with database.begin() as work:
            return suggestions.compare_new(work, rules, similarity) > 0

    return Loop("routing.compare", step, pause=_COMPARE_PAUSE)


def forgetting(database: Database) -> Loop:
    """Deletes expired refresh tokens and past counters of the rate limit."""

    def step() -> bool:
        with database.begin() as work:
            tokens.purge(work.connection, work.now)
            rate_limit.purge(work.connection, work.now)
        return False

    return Loop("routing.forget", step, pause=_FORGET_PAUSE)


def sealing(database: Database) -> Loop:
    """Chains what a version without chains has written, and seals all entries of each day."""

    def step() -> bool:
        with database.begin() as work:
            chaining.note_day(work)
        with database.begin() as work:
            chained = chaining.chain_old(work) > 0
        with database.begin() as work:
            return chaining.seal(work) or chained

    return Loop("routing.chain", step, pause=_CHAIN_PAUSE)
