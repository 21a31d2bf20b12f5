"""Breaches are told exactly once: oldest first, by one of two workers, also where the stop came first."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.platform import Platform
from services.chassis.testing.clock import ManualClock
from services.routing.metrics import metrics_in
from services.routing.storage.tables import work_orders
from services.routing.usecases.clocks.breaches import notice_overdue
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, registered, withdrawn

StepOf = Callable[[str], Callable[[], bool]]


def test_undispatched_and_unanswered_cases_are_noticed_oldest_due_first(
    tell: Tell, clock: ManualClock, step_of: StepOf, told: Published, platform: Platform
) -> None:
    tell(registered("TS-20261122-AAAAAA"), registered("TS-20261122-BBBBBB"))
    due = step_of("routing.due-clocks")
    assert not due()

    clock.advance(hours=25)
    assert due()
    assert not due(), "what was told is not told again"

    breaches = told("clock.breached")
    assert [event.data["clock"] for event in breaches] == [
        *("dispatch", "dispatch", "answer", "answer", "follow_up", "follow_up")
    ]
    assert [event.data["due_at"] for event in breaches] == sorted(e.data["due_at"] for e in breaches)
    value = platform.registry.get_sample_value("linli_clock_breaches_total", {"clock": "dispatch"})
    assert value == 2


def test_a_stop_after_the_target_is_a_breach_even_if_nobody_looked_before(
    tell: Tell,
    staff: dict[str, str],
    clock: ManualClock,
    client: FlaskClient,
    caller: Caller,
    rows: Rows,
    told: Published,
    step_of: StepOf,
) -> None:
    tell(registered("TS-20261122-AAAAAA"))
    order = rows(work_orders)[0]["id"]
    clock.advance(hours=25)

    for step in ("accept", "answer"):
        client.post(f"/api/routing/work-orders/{order}/{step}", json={"note": "x"}, headers=caller())

    assert [event.data["clock"] for event in told("clock.breached")] == ["answer", "follow_up"]
    assert not step_of("routing.due-clocks")()


def test_a_breach_that_was_noticed_is_not_told_again_when_the_clock_stops(
    tell: Tell,
    staff: dict[str, str],
    clock: ManualClock,
    client: FlaskClient,
    caller: Caller,
    rows: Rows,
    told: Published,
    step_of: StepOf,
) -> None:
    tell(registered("TS-20261122-AAAAAA"))
    order = rows(work_orders)[0]["id"]
    clock.advance(hours=25)
    step_of("routing.due-clocks")()

    for step in ("accept", "answer"):
        client.post(f"/api/routing/work-orders/{order}/{step}", json={"note": "x"}, headers=caller())

    assert [event.data["clock"] for event in told("clock.breached")] == ["answer", "follow_up"]


def test_what_was_withdrawn_in_time_is_never_late(
    tell: Tell, staff: dict[str, str], clock: ManualClock, told: Published, step_of: StepOf
) -> None:
    tell(registered("TS-20261122-AAAAAA"), withdrawn("TS-20261122-AAAAAA"))
    clock.advance(days=3)

    assert not step_of("routing.due-clocks")()
    assert told("clock.breached") == []


def test_historical_cases_breach_their_clocks_without_being_counted(
    tell: Tell, clock: ManualClock, step_of: StepOf, told: Published, platform: Platform
) -> None:
    tell(registered("TS-20261122-AAAAAA", mode="historical"))
    clock.advance(hours=25)

    step_of("routing.due-clocks")()

    assert {event.mode for event in told("clock.breached")} == {"historical"}
    value = platform.registry.get_sample_value("linli_clock_breaches_total", {"clock": "answer"})
    assert not value


def test_two_workers_tell_each_breach_once(
    tell: Tell, clock: ManualClock, database: Database, platform: Platform, told: Published
) -> None:
    tell(*(registered(f"TS-20261122-{i:06d}") for i in range(30)))
    clock.advance(hours=25)
    together = threading.Barrier(2)

    def work_through() -> None:
        together.wait()
        while True:
            with database.begin() as work:
                if not notice_overdue(work, metrics_in(platform.registry), limit=7):
                    return

    workers = [threading.Thread(target=work_through) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with database.begin() as work:
        notice_overdue(work, metrics_in(platform.registry))

    breaches = [(event.subject, event.data["clock"]) for event in told("clock.breached")]
    assert len(breaches) == len(set(breaches)) == 90
