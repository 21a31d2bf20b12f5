"""O1, O2: metrics outlive every kill, and nobody from outside can make time series."""

from __future__ import annotations

from pathlib import Path
from statistics import quantiles
from time import monotonic

from prometheus_client import CollectorRegistry, generate_latest

from services.chassis.auth.keys import new_key_set, public, write_key_set
from services.chassis.database import Database
from services.chassis.envelope import BadMessage, encode
from services.chassis.handling import Handling, Unreadable
from services.chassis.metrics import PlatformMetrics
from services.chassis.platform import Process, platform
from services.chassis.settings import load
from services.chassis.testing import eventually
from services.chassis.testing.services import handling
from services.chassis.transport.postgres import PostgresTransport
from tests.e2e.installation import descendants
from tests.faults.killer import Killer
from tests.faults.sizes import SUITE, chosen, size
from tests.integration.chassis.conftest import CATALOGUE, Ledger
from tests.integration.chassis.consumer import sold
from tests.integration.chassis.toy_processes import ToyProcess, toys
from tests.integration.chassis.toy_service import LEDGER, ToySettings

#: Series of one process (O2), and seconds for a scrape (O1).
MOST_SERIES = 5_000
SLOWEST_SCRAPE = 0.2


def test_metrics_answer_after_every_kill(
    books: Database, postgres_transport: PostgresTransport, tmp_path: Path
) -> None:
    # Given both roles
    scrapes: list[float] = []

    def scraped(process: ToyProcess) -> int | None:
        if process.get("/healthz") != 200:
            return None
        began = monotonic()
        assert process.get("/metrics") == 200
        scrapes.append(monotonic() - began)
        return next(iter(descendants(process.popen.pid)), None)

    with toys(books, tmp_path, TOY_QUEUES=postgres_transport._conninfo) as made:
        for role in ("web", "worker"):
            process = made.start(role)

            # When its serving process is killed again and again
            Killer(
                lambda process=process: eventually(lambda: scraped(process), 60.0),  # type: ignore[misc]
                lambda process=process: (scraped(process), len(scrapes))[1],  # type: ignore[misc]
                longest_life=0.05,
            ).kill(size(full=250, suite=2))

            # Then
            assert process.metrics()
    if chosen() != SUITE:
        assert quantiles(scrapes, n=100)[98] <= SLOWEST_SCRAPE


def test_distinct_paths_agents_and_events_make_no_series(books: Database, tmp_path: Path) -> None:
    # Given
    keys = tmp_path / "jwks.json"
    write_key_set(keys, public(new_key_set()))
    url = books.engine.url.render_as_string(hide_password=False)
    settings = load(ToySettings, {"LINLI_JWKS_FILE": str(keys), "TOY_DATABASE_URL": url})
    metrics = PlatformMetrics(CollectorRegistry())
    on = platform(LEDGER, settings, Process(metrics=metrics), role="web")
    client = LEDGER.web(on, settings).test_client()
    path = handling(books, {"shop.sold": Ledger().on_sold})
    times = size(full=100_000, suite=300)

    # When each asks for something of its own, in a way of its own, and sends an event of its own
    for number in range(times):
        client.open(
            f"/api/{'ledger' if number % 2 else number}/{number}?tenant={number}",
            method=("GET", "POST", f"METHOD{number}")[number % 3],
            headers={"User-Agent": f"agent/{number}", "X-Request-Id": f"request-{number}"},
        )
        if number % 100 == 0:
            _bury(path, encode(sold(number), CATALOGUE).replace(b"shop.sold", b"shop.%d" % number))

    # Then
    for registry in (metrics.registry, path.metrics.registry):
        series = [line for line in generate_latest(registry).decode().splitlines() if line[0] != "#"]
        assert 0 < len(series) <= min(MOST_SERIES, times)
    assert 'route="other"' in generate_latest(metrics.registry).decode()
    assert 'type="other"' in generate_latest(path.metrics.registry).decode()


def _bury(path: Handling, body: bytes) -> None:
    try:
        path.read(body, False)
    except BadMessage as error:
        path.bury([Unreadable(body, error, False)])
