"""Statements about a few of many cases stay fast: PostgreSQL walks the index that was made for the question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text

from services.chassis.database import Database
from services.chassis.http.paging import Page
from services.chassis.testing.clock import DEFAULT_START
from services.chassis.testing.plans import executed_plans
from services.routing.domain.approvals import Kind
from services.routing.storage import approvals, cases, chain, clocks, proposals, timeline, work_orders
from tests.integration.routing.conftest import Tell, registered

#: Copies of one case; every thousandth is still under way, with clocks that run and an order nobody took.
COPIES = 10_000
SEED = "TS-20261122-AAAAAA"
SOME = "TS-C-1000"
#: More rows than one question about a case, or a page, has to look at.
FEW = 200

_COPIES = (
    """INSERT INTO cases SELECT r.* FROM cases c, generate_series(1, :copies) n,
       jsonb_populate_record(c, jsonb_build_object(
           'number', 'TS-C-' || n, 'estate', CASE WHEN n % 2 = 0 THEN 'cuihu' ELSE 'binjiang' END,
           'received_at', c.received_at - n * interval '1 minute')) r""",
    """INSERT INTO work_orders SELECT r.* FROM work_orders w, generate_series(1, :copies) n,
       jsonb_populate_record(w, jsonb_build_object(
           'id', gen_random_uuid(), 'number', 'TS-C-' || n,
           'estate', CASE WHEN n % 2 = 0 THEN 'cuihu' ELSE 'binjiang' END,
           'assignee', gen_random_uuid(), 'status', CASE WHEN n % 1000 = 0 THEN 'open' ELSE 'signed_off' END,
           'created_at', w.created_at - n * interval '1 minute')) r""",
    """INSERT INTO clocks SELECT r.* FROM clocks k, generate_series(1, :copies) n,
       jsonb_populate_record(k, jsonb_build_object(
           'number', 'TS-C-' || n, 'due_at', k.due_at - n * interval '1 minute',
           'stopped_at', CASE WHEN n % 1000 > 0 THEN k.due_at END,
           'escalate_at', CASE WHEN n % 1000 = 0 THEN k.started_at END)) r""",
    """INSERT INTO timeline (number, at, entry, position, digest)
       SELECT 'TS-C-' || n, now(), 'progressed', p, '\\x00' FROM generate_series(1, :copies) n, generate_series(1, 3) p""",
    """INSERT INTO approvals SELECT gen_random_uuid(), 'TS-C-' || n,
           CASE WHEN n % 2 = 0 THEN 'cuihu' ELSE 'binjiang' END, NULL, 'answer',
           CASE WHEN n % 1000 = 0 THEN 'requested' ELSE 'granted' END, 'x', 'x', '{}', now() - n * interval '1 minute'
       FROM generate_series(1, :copies) n""",
    """INSERT INTO proposals SELECT gen_random_uuid(), number, id, 'agreed', 'x', now(), 'x', 'x', created_at
       FROM work_orders WHERE number LIKE 'TS-C-%'""",
)

Plans = Callable[[Callable[[Connection], object]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def questions() -> dict[str, Callable[[Connection], object]]:
    """What loops and requests ask again and again, with as many cases as there are in years."""
    now = DEFAULT_START
    due = work_orders.Filter(due=now)
    page = Page(number=1, size=20, sort="created_at", descending=True)
    return {
        "clocks past their target": lambda c: clocks.lock_overdue(c, now, 100),
        "clocks that reach a level": lambda c: clocks.lock_cases_to_escalate(c, now, 100),
        "clocks that may be computed anew": lambda c: clocks.pending(c, now - timedelta(days=2), None, 100),
        "clocks of a case": lambda c: clocks.of_case(c, SOME),
        "orders nobody took": lambda c: work_orders.lock_undispatched(c, now + timedelta(days=1), 100),
        "orders to hand over": lambda c: work_orders.lock_to_hand_over(c, now, 100),
        "orders of a case": lambda c: work_orders.of_case(c, SOME),
        "orders that are due": lambda c: work_orders.page(c, scope="linli/east", page=page, wanted=due),
        "a case": lambda c: cases.find(c, SOME, scope="linli/east"),
        "history of a case": lambda c: timeline.of_case(c, SOME),
        "entries in no chain": lambda c: chain.unchained(c, 100),
        "chains from a number on": lambda c: chain.of_case(c, SOME),
        "an open approval": lambda c: approvals.open_of(c, SOME, [Kind.ANSWER]),
        "an open proposal": lambda c: proposals.open_of(c, SOME),
        "proposals of a case": lambda c: proposals.of_case(c, SOME),
    }


@pytest.fixture
def plans(database: Database, tell: Tell, staff: dict[str, str]) -> Plans:
    """A function that runs something among many cases and returns every node of its plans, executed."""
    tell(registered(SEED))
    with database.engine.begin() as connection:
        for statement in _COPIES:
            connection.execute(text(statement), {"copies": COPIES})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
    return partial(executed_plans, database.engine)


def test_what_is_asked_again_and_again_reads_few_of_many_rows(
    plans: Plans, questions: dict[str, Callable[[Connection], object]]
) -> None:
    read = {name: looked_at(plans(ask)) for name, ask in questions.items()}

    assert {name: rows for name, rows in read.items() if rows > FEW} == {}
    assert read["orders nobody took"] >= COPIES // 1000, "the questions find something"


def looked_at(nodes: list[dict[str, Any]]) -> float:
    """The most rows that one scan of a table read, those that a filter threw away included."""
    scans = [node for node in nodes if "Relation Name" in node]
    return max((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"] for n in scans)
