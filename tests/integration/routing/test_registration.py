"""Complaints become cases: classified, assigned evenly, with their clocks, in batches of any order."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.dead_letters import dead_letters
from services.chassis.envelope import encode
from services.chassis.platform import Platform
from services.chassis.retries import retries
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.routing.storage.tables import cases, clocks, timeline, work_orders
from services.routing.usecases.staff import COMMAND_LINE, appoint
from tests.integration.routing.conftest import (
    PATHS,
    Published,
    Rows,
    Tell,
    estate,
    person,
    registered,
    withdrawn,
)

TEXTS = ("电梯坏了", "垃圾没有人清理", "保安不登记外来车辆", "物业费收费标准太高", "其他")


def counted(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


def test_a_complaint_is_classified_and_assigned_with_its_clocks(
    tell: Tell, staff: dict[str, str], told: Published, rows: Rows
) -> None:
    tell(registered("TS-20261122-AAAAAA"))

    (case,) = rows(cases)
    assert (case["category"], case["category_rule"], case["status"]) == (
        "facility.lift",
        "facility.lift",
        "assigned",
    )
    (order,) = rows(work_orders)
    assert order["assignee"] in {staff["engineering-1"], staff["engineering-2"]}
    assert {clock["name"]: clock["stopped_at"] for clock in rows(clocks)} == {
        "record": DEFAULT_START - timedelta(seconds=30),
        "dispatch": DEFAULT_START,
        "answer": None,
        "follow_up": None,
        "solve": None,
    }
    (classified,) = told("complaint.classified")
    (given,) = told("workorder.assigned")
    assert classified.data["category_rule"] == "facility.lift"
    assert (given.data["assignee"], given.data["party_id"]) == (
        order["assignee"],
        "party-TS-20261122-AAAAAA",
    )
    assert (classified.version, given.version) == (1, 2)
    assert [entry["entry"] for entry in rows(timeline)] == ["classified", "assigned"]


@pytest.mark.parametrize("seed", range(3))
def test_a_batch_of_a_hundred_is_shared_evenly_whatever_its_order_and_copies(
    tell: Tell, staff: dict[str, str], told: Published, rows: Rows, seed: int
) -> None:
    events = [registered(f"TS-20261122-{i:06d}", text=TEXTS[i % len(TEXTS)]) for i in range(100)]
    arriving = events + random.Random(seed).sample(events, 20)
    random.Random(seed).shuffle(arriving)

    tell(*arriving[:60])
    tell(*arriving[60:])

    assert len(rows(cases)) == len(rows(work_orders)) == 100
    assert len(told("workorder.assigned")) == len(told("complaint.classified")) == 100
    shares = Counter(order["assignee"] for order in rows(work_orders))
    for department in {order["department"] for order in rows(work_orders)}:
        first, second = (shares[staff[f"{department}-{turn}"]] for turn in (1, 2))
        assert abs(first - second) <= 1


def test_each_subject_has_gapless_versions(tell: Tell, staff: dict[str, str], told: Published) -> None:
    tell(*(registered(f"TS-20261122-{i:06d}") for i in range(10)))

    versions: dict[str, list[int]] = {}
    for event in told():
        versions.setdefault(event.subject, []).append(event.version)
    assert all(each == list(range(1, len(each) + 1)) for each in versions.values())


def test_a_record_kept_too_late_is_told_at_once_and_a_letter_has_a_day(
    tell: Tell, staff: dict[str, str], told: Published
) -> None:
    long_ago = DEFAULT_START - timedelta(minutes=10)

    tell(
        registered("TS-20261122-LATE22", received_at=long_ago),
        registered("TS-20261122-LETTER", received_at=long_ago, channel="letter"),
    )

    (breach,) = told("clock.breached")
    assert (breach.subject, breach.data["clock"]) == ("TS-20261122-LATE22", "record")
    assert breach.data["due_at"] == long_ago + timedelta(minutes=3)


def test_a_complaint_of_an_unknown_estate_waits_for_it_and_keeps_no_other_waiting(
    database: Database, handlers: object, tell: Tell, clock: ManualClock, rows: Rows
) -> None:
    early = registered("TS-20261122-EARLY2", estate="new")

    path = tell(early, registered("TS-20261122-KNOWN2"))

    assert [case["number"] for case in rows(cases)] == ["TS-20261122-KNOWN2"]
    with database.read() as connection:
        assert connection.execute(select(retries.c.cause)).scalar_one().startswith("NotFound")

    tell(estate("new", path="linli/east/new"))
    clock.advance(seconds=2)
    assert path.retry_due()
    assert len(rows(cases)) == 2


def test_a_complaint_of_an_estate_nobody_hears_of_is_a_dead_letter_after_a_day(
    database: Database, tell: Tell, clock: ManualClock, rows: Rows
) -> None:
    """F14: one of a foreign tenant, which cannot be told from one that is early."""
    foreign = registered("TS-20261122-FRGN22", estate="elsewhere")
    path = tell(foreign)

    clock.advance(hours=24)
    assert path.retry_due()

    assert rows(cases) == []
    (letter,) = rows(dead_letters)
    assert letter["reason"] == "missing"
    assert "elsewhere" in letter["cause"]
    assert bytes(letter["body"]) == encode(foreign, database.catalogue)


def test_an_event_of_another_estate_than_its_case_is_refused(
    database: Database, tell: Tell, rows: Rows
) -> None:
    """F14: a foreign tenant changes nothing of ours."""
    tell(registered("TS-20261122-AAAAAA"))
    foreign = withdrawn("TS-20261122-AAAAAA", estate="binjiang")

    tell(foreign)

    assert rows(cases)[0]["status"] == "received"
    (letter,) = rows(dead_letters)
    assert letter["reason"] == "refused"
    assert bytes(letter["body"]) == encode(foreign, database.catalogue)


def test_a_withdrawal_that_overtakes_its_complaint_waits_for_it(
    tell: Tell, staff: dict[str, str], clock: ManualClock, rows: Rows
) -> None:
    path = tell(withdrawn("TS-20261122-AAAAAA"))
    assert rows(cases) == []

    tell(registered("TS-20261122-AAAAAA"))
    clock.advance(seconds=2)
    assert path.retry_due()

    (case,) = rows(cases)
    assert (case["status"], case["closed_as"]) == ("withdrawn", "withdrawn")


def test_complaint_and_withdrawal_in_one_batch_end_withdrawn(
    tell: Tell, staff: dict[str, str], told: Published, rows: Rows
) -> None:
    tell(withdrawn("TS-20261122-AAAAAA"), registered("TS-20261122-AAAAAA"))

    (case,), (order,) = rows(cases), rows(work_orders)
    assert (case["status"], order["status"]) == ("withdrawn", "cancelled")
    assert [event.data["closed_as"] for event in told("complaint.closed")] == ["withdrawn"]


def test_the_newest_version_of_an_estate_wins(tell: Tell, staff: dict[str, str], rows: Rows) -> None:
    tell(estate(version=3, path="linli/west/cuihu"), estate(version=2, path="linli/north/cuihu"))
    tell(estate(version=2, path="linli/south/cuihu"))

    tell(registered("TS-20261122-AAAAAA"))

    (order,) = rows(work_orders)
    assert order["assignee"] is None, "nobody of linli/east serves an estate that moved to linli/west"


def test_departments_set_up_for_an_estate_decide_who_takes_what_it_lacks(
    tell: Tell, staff: dict[str, str], database: Database, rows: Rows
) -> None:
    with database.begin() as work:
        work.connection.exec_driver_sql(
            "INSERT INTO departments (path, code, name) VALUES ('linli', 'customer_service', '客服')"
        )

    tell(registered("TS-20261122-AAAAAA"))

    (order,) = rows(work_orders)
    assert order["department"] == "customer_service"
    assert order["assignee"] in {staff["customer_service-1"], staff["customer_service-2"]}


def test_live_complaints_are_counted_once_committed_and_historical_ones_never(
    tell: Tell, staff: dict[str, str], platform: Platform, rows: Rows, told: Published
) -> None:
    tell(
        registered("TS-20261122-AAAAAA"),
        registered("TS-20261122-BBBBBB", mode="historical"),
        registered("TS-20261122-AAAAAA"),
    )

    matter = {"channel": "web", "category": "facility.lift"}
    assert counted(platform.registry, "linli_complaints_registered_total", **matter) == 1
    assert {event.mode for event in told() if event.subject == "TS-20261122-BBBBBB"} == {"historical"}


def test_a_batch_takes_the_same_number_of_statements_however_large(
    tell: Tell, staff: dict[str, str], database: Database
) -> None:
    from sqlalchemy import event as hooks

    # The first looks for policies, which hold for some seconds.
    tell(registered("TS-20261122-FIRST2"))
    counts = []
    for size in (5, 50):
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_: object, seen: list[str] = seen) -> None:
            seen.append(statement)

        hooks.listen(database.engine, "before_cursor_execute", note)
        tell(*(registered(f"TS-20261122-{size:02d}{i:04d}") for i in range(size)))
        hooks.remove(database.engine, "before_cursor_execute", note)
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_nobody_on_shift_leaves_an_open_order_that_is_dispatched_later_oldest_first(
    tell: Tell, database: Database, clock: ManualClock, step_of: object, rows: Rows, told: Published
) -> None:
    tell(registered("TS-20261122-AAAAAA"))
    clock.advance(seconds=1)
    tell(registered("TS-20261122-BBBBBB"))
    assert {order["status"] for order in rows(work_orders)} == {"open"}
    assert {case["status"] for case in rows(cases)} == {"received"}
    dispatch = step_of("routing.dispatch")

    clock.advance(seconds=60)
    assert not dispatch()
    with database.begin() as work:
        appoint(work, COMMAND_LINE, person("late", "engineering", path=PATHS["cuihu"]), "zh")
    assert not dispatch(), "tried a moment ago, it waits for its turn"
    clock.advance(seconds=31)
    assert dispatch()

    assert {order["status"] for order in rows(work_orders)} == {"assigned"}
    given = told("workorder.assigned")
    assert [event.subject for event in given] == ["TS-20261122-AAAAAA", "TS-20261122-BBBBBB"]
    stopped = {c["number"]: c["stopped_at"] for c in rows(clocks) if c["name"] == "dispatch"}
    assert set(stopped.values()) == {clock.now()}
