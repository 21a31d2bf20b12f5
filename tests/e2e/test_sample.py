"""`linli run` as a new user starts it: with the sample, stopped by Ctrl-C, started again, emptied."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from services.chassis.servers.daemon import port_is_free
from services.chassis.testing import eventually
from tests.e2e.client import Client
from tests.e2e.installation import Installation, alive

_READY = "邻里已就绪 | Linli is ready"
_ACCOUNTS = ("receiver", "handler", "head", "director", "centre", "group", "auditor", "operator")
_FIRST_START_SECONDS = 90.0


@pytest.fixture(scope="module")
def sampled() -> Iterator[Installation]:
    """An installation with the sample in it, running; the tests below use it in their order, the last one empties it."""
    made = Installation("run", settings={"LINLI_SAMPLE": "true"})
    try:
        made.start()
        eventually(lambda: made.output().count(_READY), _FIRST_START_SECONDS, interval=0.2)
        yield made
    finally:
        made.remove()


def signed_in(installation: Installation, username: str) -> Client:
    """A person of the sample."""
    wanted = {"username": username, "password": "linli-demo"}
    token = Client(installation.url).post("/api/routing/tokens", wanted)["access_token"]
    return Client(installation.url, token)


def complaints(installation: Installation, **query: str) -> int:
    """How many complaints there are."""
    listed = signed_in(installation, "group").get("/api/routing/complaints", page_size=1, **query)
    return int(listed["total"])


def test_everybody_the_welcome_names_can_sign_in(sampled: Installation) -> None:
    for username in _ACCOUNTS:
        assert signed_in(sampled, username).get("/api/routing/complaints")["items"] is not None


def test_complaints_of_the_sample_travel_to_their_end(sampled: Installation) -> None:
    assert complaints(sampled) >= 24
    assert eventually(lambda: complaints(sampled, status="closed") >= 2, 30.0)
    rows = signed_in(sampled, "group").get("/api/analytics/kpis")["rows"]
    assert len(rows) == 6


def test_ctrl_c_ends_everything_and_the_next_start_is_quick_and_adds_nothing(sampled: Installation) -> None:
    before = complaints(sampled)
    processes = sampled.processes()

    sampled.stop(signal.SIGINT)

    assert not [pid for pid in processes if alive(pid)]
    assert port_is_free(sampled.port)
    assert not [path for path in sampled.home.rglob("*") if path.is_socket()]
    began = time.monotonic()
    sampled.start()
    eventually(lambda: sampled.output().count(_READY) == 2, 30.0)
    print(f"\nsecond start: {time.monotonic() - began:.1f} s")
    assert complaints(sampled) == before


def test_reset_leaves_nothing_of_it(sampled: Installation) -> None:
    sampled.stop()

    sampled.linli("reset")

    assert [path.name for path in sampled.home.iterdir()] == ["output.log"]
