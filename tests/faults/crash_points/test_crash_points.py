"""F3: a process dies at each named step of an event's life, in each service; nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from services.analytics.app import SERVICE as ANALYTICS
from services.analytics.usecases import rebuild
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.servers.rabbitmq import RabbitServer
from services.chassis.sql import connect
from services.chassis.testing import eventually
from services.chassis.topology import Management, topology_of
from services.contracts.catalogue import CATALOGUE
from tests.e2e.cases import Case, complain
from tests.e2e.installation import Installation
from tests.faults.crash_points import program
from tests.faults.crash_points.traps import Point, Trap
from tests.faults.figures import report
from tests.faults.journal import Journal
from tests.faults.residents import Residents
from tests.faults.settling import settled
from tests.faults.sizes import size
from tests.faults.view import SERVICES, View

ESTATE = "hazel"
#: Seconds within which a point is passed by, or what died goes on.
_PATIENCE = 60.0
#: What a service records only when it is asked to: others need no more than complaints.
_PUBLISHING = tuple(Point)[: tuple(Point).index(Point.AFTER_HANDLER_COMMIT)]
_ROUNDS_FULL, _ROUNDS_SUITE = 25, 1


@dataclass(frozen=True)
class Trapped:
    """An installation with a trap, and the management interface of its broker."""

    installation: Installation
    trap: Trap
    queued: Callable[[], int]


@pytest.fixture
def trapped(rabbit_server: RabbitServer, vhost: str, tmp_path: Path) -> Iterator[Trapped]:
    """Linli in one process over RabbitMQ, founded."""
    trap = Trap(tmp_path / "trap")
    secret = f"://{rabbit_server.user}:{rabbit_server.password}@"
    management = Management(rabbit_server.management_url.replace("://", secret))
    management.apply(topology_of(CATALOGUE), vhost, {})
    settings = {program.TRAP: str(trap.file), program.BROKER: rabbit_server.amqp_url(vhost)}
    # An attempt without an outcome is followed by the next after the time a handler has.
    settings["LINLI_HANDLER_SECONDS"] = "3"
    made = Installation("run", settings=settings, program=program.__name__)

    def queued() -> int:
        return sum(int(queue.get("messages", 0)) for queue in management.get(f"/api/queues/{vhost}"))

    try:
        made.start()
        made.found()
        yield Trapped(made, trap, queued)
    finally:
        made.remove()


@pytest.fixture
def installation(trapped: Trapped) -> Installation:
    """The installation alone, for the fixtures of all cases."""
    return trapped.installation


def test_a_process_that_dies_at_any_step_of_any_service_loses_and_doubles_nothing(
    trapped: Trapped, view: View, journal: Journal
) -> None:
    installation, trap, recoveries = trapped.installation, trapped.trap, []
    rounds = size(_ROUNDS_FULL, _ROUNDS_SUITE)
    to_call = [resolved(installation, at) for at in range(rounds * len(_PUBLISHING))]
    called = list(to_call)

    with Residents(installation.people.public, ESTATE, journal, senders=2, pause=0.05):
        for _ in range(rounds):
            for service in SERVICES:
                for point in Point:
                    trap.set(service, point)
                    if service == "notification" and point in _PUBLISHING:
                        call_back(to_call.pop())
                    elif service == "analytics" and point in _PUBLISHING:
                        ask_for_archives(installation, view, point)
                    eventually(lambda: trap.sprung, _PATIENCE, interval=0.01)
                    recoveries.append(recovery(view))

    result = settled(installation, view, ESTATE, journal)
    eventually(lambda: trapped.queued() == 0, _PATIENCE, interval=0.5)
    for case in called:
        assert case.closed()["closed_as"] == "satisfied"
        assert len(case.callbacks("completed")) == 1
    report(
        "F3",
        "RabbitMQ",
        result,
        kills=len(recoveries),
        recoveries=recoveries,
        cells=len(SERVICES) * len(Point),
    )


def recovery(view: View) -> float:
    """Seconds until every service works on.

    The next trap waits for that: a message under which five processes in a row die is taken for their murderer.
    """
    died = time.monotonic()
    before = {service: view.newest(service, ESTATE) for service in SERVICES}
    for service in SERVICES:
        eventually(
            lambda service=service: view.newest(service, ESTATE) != before[service], _PATIENCE, interval=0.02
        )
    return time.monotonic() - died


def resolved(installation: Installation, at: int) -> Case:
    """A complaint whose complainant is to be called."""
    case = complain(installation.people, 1 + at % 30)
    case.resolve()
    case.callback()
    return case


def call_back(case: Case) -> None:
    """The receiver calls and reports, until he is told that it was taken down: the process may die under either."""
    task = f"/api/notification/callbacks/{case.callback()['id']}"
    insisting(case, f"{task}/claim", None)
    insisting(case, f"{task}/outcome", {"outcome": "satisfied", "comment": None})


def insisting(case: Case, path: str, body: object) -> None:
    """The same request with the same key until it is answered."""
    key = str(uuid.uuid4())

    def answered() -> bool:
        try:
            case.people["receiver"].post(path, body, key=key)
        except requests.RequestException:
            return False
        return True

    eventually(answered, _PATIENCE, interval=0.1)


def ask_for_archives(installation: Installation, view: View, point: Point) -> None:
    """Analytics wants the archives of all publishers, as `linli rebuild analytics` does: that dies, or the relay."""
    if point in (Point.BEFORE_INSERT, Point.AFTER_COMMIT):
        arguments = installation.command_line("rebuild", "analytics")
        line = [each if each != "services" else program.__name__ for each in arguments]
        died = subprocess.run(line, env={**os.environ, **installation.settings}, check=False, cwd=Path.cwd())
        assert died.returncode == -signal.SIGKILL
        return
    engine = connect(view.variable("LINLI_ANALYTICS_DATABASE_URL"), application="rebuild")
    with Database(ANALYTICS.name, engine, CATALOGUE, SystemClock()).begin() as work:
        rebuild(work)
    engine.dispose()
