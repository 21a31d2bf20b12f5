"""Linli as `linli run` runs it, but over RabbitMQ and with traps, or `linli rebuild analytics` with the same traps.

gunicorn starts the serving process again whenever it died; it takes no more than a fork.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from services.chassis.cli import main
from services.chassis.settings import load
from services.standalone import StandaloneSettings, run_all
from tests.faults.crash_points.traps import Confirmed, Trap, TrappedTransport, watch_databases

TRAP, BROKER = "LINLI_TRAP", "LINLI_TRAPPED_AMQP_URL"


def run() -> None:
    """What the arguments say, as `linli` does."""
    trap, confirmed = Trap(Path(os.environ[TRAP])), Confirmed()
    watch_databases(trap, confirmed)
    if sys.argv[1:] != ["run"]:
        main()
    transport = TrappedTransport(os.environ[BROKER], trap=trap, confirmed=confirmed)
    run_all(load(StandaloneSettings, os.environ), os.environ, lambda _variables: transport)


if __name__ == "__main__":
    run()
