"""Too many requests: the surplus is refused at once, what waits in turn is served, and probes are always answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from services.chassis.http.overload import RETRY_AFTER, Lanes
from tests.unit.chassis.http.parcels import Parcels

OPENAPI = "/api/parcels/openapi.json"


@pytest.fixture
def lanes() -> Iterator[tuple[Lanes, threading.Event]]:
    """One thread, which is at work until the event is set, and room for one more call."""
    made, done = Lanes(1, 1), threading.Event()
    made.submit(done.wait, 10)
    yield made, done
    done.set()
    made.shutdown()


@pytest.mark.parametrize(("language", "words"), [("zh", "请求过多"), ("en", "too many requests")])
def test_the_surplus_is_refused_and_told_when_to_come_again(
    lanes: tuple[Lanes, threading.Event], parcels: Parcels, language: str, words: str
) -> None:
    pool, done = lanes
    get = parcels.client.get

    waiting = pool.submit(get, OPENAPI)
    refused = pool.submit(get, OPENAPI, headers={"Accept-Language": language}).result(10)
    assert not waiting.done()
    done.set()

    assert (refused.status_code, refused.json["code"]) == (503, "overloaded")
    assert refused.headers["Retry-After"] == str(RETRY_AFTER)
    assert words in refused.json["detail"]
    assert waiting.result(10).status_code == 200
    assert pool.submit(get, OPENAPI).result(10).status_code == 200, "there is room again"


@pytest.mark.parametrize("probe", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_answered_however_many_wait(
    lanes: tuple[Lanes, threading.Event], parcels: Parcels, probe: str
) -> None:
    pool, _ = lanes
    pool.submit(parcels.client.get, OPENAPI)

    assert pool.submit(parcels.client.get, probe).result(10).status_code == 200
