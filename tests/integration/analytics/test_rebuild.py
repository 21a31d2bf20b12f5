"""`linli rebuild analytics`: the figures end the same while traffic goes on (DESIGN §2.13)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry
from sqlalchemy import delete, func, select, update

from services.analytics import cli, usecases
from services.analytics.app import SERVICE
from services.analytics.handlers import HANDLERS
from services.analytics.storage.facts import drop_generation
from services.analytics.storage.tables import estates, facts
from services.chassis import generations, replay
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.loops import Loops, Stop
from services.chassis.metrics import PlatformMetrics
from services.chassis.platform import conninfo
from services.chassis.references import References
from services.chassis.relay import Relay
from services.chassis.testing import eventually
from services.chassis.testing.servers import MakeDatabase
from services.chassis.testing.services import ServiceDatabase, handling
from services.chassis.transport import queue_of
from services.chassis.transport.postgres import PostgresTransport
from services.chassis.worker import Worker
from services.contracts.catalogue import CATALOGUE
from tests.integration.analytics.conftest import Kpis
from tests.integration.analytics.lives import Case, after, estate

PUBLISHERS = ("intake", "routing", "notification")
Publish = Callable[..., None]


@pytest.fixture
def publishers(service_database: ServiceDatabase, tmp_path: Path) -> dict[str, Database]:
    """The three publishers, each with nothing but an outbox."""
    bare = replace(SERVICE, name="bare", migrations=tmp_path)
    return {name: replace(service_database(bare, SystemClock()), service=name) for name in PUBLISHERS}


@pytest.fixture
def publish(publishers: dict[str, Database]) -> Publish:
    """A function that has events recorded by their sources, in this order."""

    def record(*events: Event) -> None:
        for event in events:
            with publishers[event.source].begin() as work:
                work.record(event.name, event.subject, event.data, estate=event.estate)

    return record


@pytest.fixture
def installation(
    database: Database, publishers: dict[str, Database], make_database: MakeDatabase
) -> Iterator[None]:
    """Analytics and its publishers with everything they do in the background."""
    # The publishers consume requests alone: they are nothing but archives here.
    consumers = {
        name: PUBLISHERS if name == replay.REQUESTED else ("analytics",) for name in CATALOGUE.bindings()
    }
    transport = PostgresTransport(conninfo(make_database("transport")), consumers)
    transport.create()
    stop, metrics = Stop(), PlatformMetrics(CollectorRegistry())

    def consuming(of: Database, handlers: dict) -> list:
        consumer = transport.consumer(queue_of(of.service), 50)
        loops = Worker(consumer, handling(of, handlers), stop, batch_size=50).loops()
        return [*loops, Relay(of, transport.publisher(), metrics).loop()]

    loops = consuming(database, dict(HANDLERS))
    loops.append(replay.Rebuild(database, drop_generation).loop())
    for publisher in publishers.values():
        loops += consuming(publisher, {replay.REQUESTED: replay.on_requested})
        references = References(publisher.service, CATALOGUE)
        loops.append(replay.Archive(publisher, transport.publisher(), references).loop())
    running = Loops(loops, stop, SystemClock())
    running.start()
    yield
    assert running.stop(10) == []


def lives(first: int, count: int) -> Iterator[list[Event]]:
    for number in range(first, first + count):
        case = Case(f"TS-{number}")
        yield [
            case.registered(after(minutes=number), household_id=f"h{number % 5}"),
            case.classified("facility"),
            case.assigned(after(minutes=number + 5)),
            case.answered(after(minutes=number + number % 7 + 10)),
            case.resolved(after(minutes=number + 60)),
            case.called_back("dissatisfied" if number % 3 == 0 else "satisfied", after(minutes=number + 90)),
            *([case.withdrawn()] if number % 10 == 0 else []),
        ]


def test_a_rebuild_under_traffic_ends_with_the_same_figures(
    installation: None, database: Database, publish: Publish, kpis: Kpis
) -> None:
    # Given figures, and what somebody then spoiled of them
    publish(estate())
    for life in lives(0, 40):
        publish(*life)
    eventually(lambda: (kpis().get("E1") or {}).get("satisfaction_ratio") is not None and whole(database, 40))
    before = kpis()
    with database.begin() as work:
        work.connection.execute(delete(facts).where(facts.c.number < "TS-2"))
        work.connection.execute(update(facts).values(resolved_at=None, resolved_version=None))
        work.connection.execute(update(estates).values(name="spoiled"))
    assert kpis() != before

    # When they are rebuilt while complaints go on
    traffic = threading.Thread(target=lambda: [publish(*life) for life in lives(40, 40)])
    traffic.start()
    url = database.engine.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(
        cli.rebuild,
        ["analytics", "--timeout", "30"],
        obj={"LINLI_ANALYTICS_DATABASE_URL": url, "LINLI_JWKS_FILE": "unused"},
    )
    traffic.join()

    # Then
    assert result.exit_code == 0, result.output
    assert "generation 2: complete" in result.output
    eventually(lambda: whole(database, 80))
    rebuilt = kpis()
    with database.read() as connection:
        assert generations.current(connection, "analytics") == 2

    # And once more, with nothing under way: the same, and nothing is left of what was before
    CliRunner().invoke(
        cli.rebuild,
        ["analytics", "--timeout", "30"],
        obj={"LINLI_ANALYTICS_DATABASE_URL": url, "LINLI_JWKS_FILE": "unused"},
    )
    assert kpis() == rebuilt
    with database.read() as connection:
        assert set(connection.scalars(select(facts.c.generation))) == {3}
    assert rebuilt["E1"]["received"] == 80
    assert rebuilt["E1"]["valid"] == rebuilt["E1"]["resolved"] == 72
    assert rebuilt["E1"]["name"] == "Estate E1"


def whole(database: Database, count: int) -> bool:
    """Whether every event of `count` lives has arrived in the generation that is read."""
    with database.read() as connection:
        generation = generations.current(connection, "analytics")
        told = (func.count(column) for column in (facts.c.estate, facts.c.resolved_at, facts.c.satisfaction))
        withdrawn = func.count(facts.c.withdrawn_at)
        row = connection.execute(select(*told, withdrawn).where(facts.c.generation == generation)).one()
    return row == (count, count, count, count // 10)


def test_a_rebuild_that_nobody_answers_ends_with_advice(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)

    result = CliRunner().invoke(
        cli.rebuild,
        ["analytics", "--timeout", "0.1"],
        obj={"LINLI_ANALYTICS_DATABASE_URL": url, "LINLI_JWKS_FILE": "unused"},
    )

    assert result.exit_code == 1
    assert "intake is sending, routing is sending, notification is sending" in result.output
    assert "workers of all services" in result.output


def test_a_rebuild_given_up_leaves_nothing_behind(database: Database) -> None:
    # Given a generation half built
    with database.begin() as work:
        abandoned = usecases.rebuild(work)
        work.connection.execute(facts.insert().values(generation=abandoned, number="TS-1"))

    # When
    with database.begin() as work:
        usecases.rebuild(work)
    assert replay.Rebuild(database, drop_generation).step() is True

    # Then
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(facts)) == 0
        assert usecases.progress(connection, CATALOGUE, abandoned).replaced
