"""What routing does by the clock, in the role `worker`; any number of workers may do it beside each other."""

from __future__ import annotations

from services.chassis.database import Database
from services.chassis.http import rate_limit
from services.chassis.loops import Loop
from services.routing.domain.likeness import Similarity
from services.routing.metrics import RoutingMetrics
from services.routing.storage import tokens
from services.routing.usecases import after_hours, chaining, dispatch, suggestions
from services.routing.usecases.clocks import breaches
from services.routing.usecases.clocks.recomputing import Position, current_regimes, sweep
from services.routing.usecases.context import Rules
from services.routing.usecases.escalation import levels

#: Seconds between two looks at the clocks when nothing was due, and at the orders that wait.
_DUE_PAUSE = 1.0
_DISPATCH_PAUSE = 2.0
_COMPARE_PAUSE = 2.0
#: What is registered goes before what may be suggested of it.
_COMPARE_REST = 0.5
_FORGET_PAUSE = 600.0
#: Between two looks whether something is to be chained or sealed.
_CHAIN_PAUSE = 60.0
#: Seconds between two looks at policies, calendars and zones, and at what is to be handed over.
_REGIME_PAUSE = 10.0
_HAND_OVER_PAUSE = 10.0
#: Rounds after which all clocks are looked at though nothing changed: one that started while a policy changed may have
#: got the one before.
_ROUNDS = 60


def noticing(database: Database, metrics: RoutingMetrics) -> Loop:
    """Tells of clocks that ran past their target."""

    def step() -> bool:
        with database.begin() as work:
            return breaches.notice_overdue(work, metrics) > 0

    return Loop("routing.due-clocks", step, pause=_DUE_PAUSE)


def escalating(database: Database, rules: Rules) -> Loop:
    """Tells others of clocks that are about to run out or have."""

    def step() -> bool:
        with database.begin() as work:
            return levels.escalate_due(work, rules) > 0

    return Loop("routing.escalate", step, pause=_DUE_PAUSE)


def recomputing(database: Database, rules: Rules) -> Loop:
    """Lets due times follow policies, calendars and zones."""
    return Loop("routing.recompute", Recomputing(database, rules).step, pause=_REGIME_PAUSE)


class Recomputing:
    """Goes through the clocks that are not yet due whenever something about them changed, and now and then without."""

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules
        self._versions: dict[str, str] | None = None
        self._after: Position | None = None
        self._rounds = 0

    def step(self) -> bool:
        """Look at the next clocks; whether there are more to look at."""
        with self._database.begin() as work:
            regimes = current_regimes(work, self._rules)
            versions = {code: regime.version for code, regime in regimes.items()}
            begin = versions != self._versions or self._rounds >= _ROUNDS
            if not begin and self._after is None:
                self._rounds += 1
                return False
            after = sweep(work, self._rules, regimes, None if begin else self._after)
        self._versions, self._after, self._rounds = versions, after, 0
        return after is not None


def handing_over(database: Database, rules: Rules) -> Loop:
    """Hands over in the morning what duty leaders could not finish (R44)."""

    def step() -> bool:
        with database.begin() as work:
            return after_hours.hand_over_due(work, rules) > 0

    return Loop("routing.hand-over", step, pause=_HAND_OVER_PAUSE)


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

    return Loop("routing.compare", step, pause=_COMPARE_PAUSE, rest=_COMPARE_REST)


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
