"""The loops that tell of breaches and levels, as a process of its own that can be killed: `scheduler <database>`."""

from __future__ import annotations

import sys
import threading

from prometheus_client import CollectorRegistry

from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.loops import Loops, Stop
from services.chassis.sql import connect
from services.contracts.catalogue import CATALOGUE
from services.routing.loops import escalating, noticing
from services.routing.metrics import RoutingMetrics
from services.routing.policy.holding import Policies
from services.routing.public_holidays import public_holidays
from services.routing.rule_pack import load_rule_pack
from services.routing.usecases.context import Rules
from services.routing.usecases.regimes import Regimes

if __name__ == "__main__":
    clock = SystemClock()
    database = Database("routing", connect(sys.argv[1], application="scheduler"), CATALOGUE, clock)
    policies = Policies(database.read, clock)
    metrics = RoutingMetrics(CollectorRegistry())
    rules = Rules(load_rule_pack(), policies, Regimes(policies.of, public_holidays), metrics)
    Loops([noticing(database, metrics), escalating(database, rules)], Stop(), clock).start()
    threading.Event().wait()
