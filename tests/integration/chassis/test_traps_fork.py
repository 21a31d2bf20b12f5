"""A connection and a fork (RELIABILITY M11): four children shared one socket, and some of them hung for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from services.chassis.transport.rabbitmq import RabbitTransport
from tests.integration.chassis.forked_publishers import CHILDREN, MESSAGES

ROOT = Path(__file__).parents[3]


def forked(transport: RabbitTransport, opened: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.chassis.forked_publishers", transport.url, opened],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=30,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_publisher_opens_its_connection_in_the_process_that_publishes(
    rabbit_transport: RabbitTransport,
) -> None:
    """M11."""
    processes = forked(rabbit_transport, "unopened")

    assert [process["safe"] for process in processes] == [[True] * MESSAGES] * (CHILDREN + 1)
    opened = [set(process["after"]) - set(process["before"]) for process in processes]
    assert [len(sockets) for sockets in opened] == [1] * (CHILDREN + 1)
    assert len(set.union(*opened)) == CHILDREN + 1


def test_a_connection_from_before_a_fork_is_refused_and_stays_the_parents(
    rabbit_transport: RabbitTransport,
) -> None:
    """M11."""
    *children, parent = forked(rabbit_transport, "opened")

    assert len(children) == CHILDREN
    assert all("does not survive a fork" in child["safe"] for child in children)
    assert parent["safe"] == [True] * MESSAGES
    assert parent["after"] == parent["before"]
