"""The loop that tells of breaches, as a process of its own that can be killed: `scheduler <database>`."""

from __future__ import annotations

import sys
import threading

from prometheus_client import CollectorRegistry

from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.loops import Loops, Stop
from services.chassis.sql import connect
from services.contracts.catalogue import CATALOGUE
from services.routing.loops import noticing
from services.routing.metrics import RoutingMetrics

if __name__ == "__main__":
    clock = SystemClock()
    database = Database("routing", connect(sys.argv[1], application="scheduler"), CATALOGUE, clock)
    Loops([noticing(database, RoutingMetrics(CollectorRegistry()))], Stop(), clock).start()
    threading.Event().wait()
