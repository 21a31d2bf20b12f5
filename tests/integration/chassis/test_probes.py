"""What a process tells those who watch it: the probes, and every platform metric (DESIGN §3, §5)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from services.chassis.database import Database
from services.chassis.servers.daemon import free_port
from services.chassis.testing import eventually
from services.chassis.transport.postgres import PostgresTransport
from tests.integration.chassis.consumer import amounts
from tests.integration.chassis.toy_processes import ToyProcess, sell, toys

#: Each platform metric with its labels besides `le`.
PLATFORM = {
    "linli_http_request_duration_seconds_count": {"service", "method", "route", "status"},
    "linli_events_published_total": {"service", "type"},
    "linli_events_handled_total": {"service", "type", "outcome"},
    "linli_event_handling_seconds_count": {"service"},
    "linli_event_age_seconds_count": {"service"},
    "linli_outbox_pending": {"service"},
    "linli_outbox_oldest_seconds": {"service"},
    "linli_dead_letters": {"service"},
    "linli_consumer_count": {"service"},
}


def test_a_worker_whose_broker_is_away_is_ready_and_alive(books: Database, tmp_path: Path) -> None:
    with toys(books, tmp_path, LINLI_AMQP_URL=f"amqp://nobody@127.0.0.1:{free_port()}/") as made:
        worker = made.start("worker")

        assert worker.get("/readyz") == 200
        assert requests.get(f"{worker.url}/healthz", timeout=5).json()["checks"] == {"loops": "ok"}


def test_a_worker_shows_every_platform_metric_with_its_labels_and_help(
    books: Database, tmp_path: Path, postgres_transport: PostgresTransport
) -> None:
    with toys(books, tmp_path, TOY_QUEUES=postgres_transport._conninfo) as made:
        worker = made.start("worker")

        # When
        sell(postgres_transport, 1)
        eventually(lambda: amounts(books) == [1])
        eventually(lambda: _labels(worker).keys() >= PLATFORM.keys(), timeout=20)

        # Then
        shown = _labels(worker)
        assert {name: shown[name] for name in PLATFORM} == PLATFORM
        text = requests.get(f"{worker.url}/metrics", timeout=5).text
        helped = set(re.findall(r"^# HELP (\S+) \S", text, re.MULTILINE))
        assert {re.sub("_count$", "", name) if "seconds" in name else name for name in PLATFORM} <= helped


def _labels(process: ToyProcess) -> dict[str, set[str]]:
    """The labels of each metric that has a value."""
    pairs = (series.partition("{")[::2] for series in process.metrics())
    return {name: set(re.findall(r"(\w+)=", labels)) for name, labels in pairs}


@pytest.mark.parametrize("role", ["web", "worker"])
def test_both_roles_watch_their_loops(
    books: Database, tmp_path: Path, postgres_transport: PostgresTransport, role: str
) -> None:
    with toys(books, tmp_path, TOY_QUEUES=postgres_transport._conninfo) as made:
        process = made.start(role)

        assert requests.get(f"{process.url}/healthz", timeout=5).json()["checks"] == {"loops": "ok"}
