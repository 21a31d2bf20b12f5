"""The tables of messages stay fast when they are large: PostgreSQL walks the index that was made for the question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text

from services.chassis import archive, archive_months, horizons, outbox
from services.chassis.database import Database
from services.chassis.ids import first_id
from services.chassis.testing.plans import executed_plans

AT = datetime(2026, 11, 15, tzinfo=UTC)
PASSED = 5_000
#: So many rows, a second apart, with ids of their time.
_SOLD = """
    INSERT INTO {table} (id, name, subject, version, body, recorded_at{columns})
    SELECT (lpad(to_hex(CAST(extract(epoch FROM at) * 1000 AS bigint)), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
           {name}, 'till-' || n % 1000, n, {body}, at{values}
    FROM (SELECT n, CAST(:at AS timestamptz) + n * interval '1 second' AS at FROM generate_series(1, :rows) AS n) AS sold
"""
_IN_OUTBOX = _SOLD.format(table="outbox", columns="", values="", name="'shop.sold'", body="repeat('x', 300)")
_IN_ARCHIVE = _SOLD.format(
    table="archive",
    columns=", sent_at",
    values=", at",
    name="CASE WHEN n % 100 = 0 THEN 'shop.closed' ELSE 'shop.sold' END",
    body="CASE WHEN n % 100 = 0 THEN NULL ELSE repeat('x', 300) END",
)
_HANDLED = """
    INSERT INTO inbox (consumer, generation, event_id, source, name, time, handled_at)
    SELECT 'ledger', 1, id, 'shop', name, recorded_at, recorded_at FROM archive
"""

Explain = Callable[[Callable[[Connection], object]], list[dict[str, Any]]]


@pytest.fixture
def explain(shop: Database) -> Explain:
    """A function that runs something in a transaction and returns every node of the plans of its statements, executed."""

    return partial(executed_plans, shop.engine)


def fill(shop: Database, statement: str, rows: int = PASSED, at: datetime = AT) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text(statement), {"rows": rows, "at": at})


@pytest.fixture
def sold(shop: Database) -> Database:
    """A shop with three months of archive, a little in the outbox, and statistics of both."""
    with shop.begin() as work:
        for month in (9, 10, 11):
            archive_months.provide(work.connection, datetime(2026, month, 1, tzinfo=UTC))
    for month in (9, 10, 11):
        fill(shop, _IN_ARCHIVE, at=datetime(2026, month, 5, tzinfo=UTC))
    fill(shop, _IN_OUTBOX, 100)
    _vacuum(shop)
    return shop


def _vacuum(shop: Database) -> None:
    with shop.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) outbox, archive, inbox"))


def kinds(nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Node Type"] for node in nodes}


def test_the_oldest_unsent_are_found_behind_many_that_are_gone(shop: Database, explain: Explain) -> None:
    # Given an outbox that nobody vacuums, through which many rows went
    with shop.engine.begin() as connection:
        connection.execute(text("ALTER TABLE outbox SET (autovacuum_enabled = false)"))
    fill(shop, _IN_OUTBOX)
    with shop.begin() as work:
        taken = outbox.take_unsent(work.connection, work.now, PASSED)
        archive.keep(work.connection, [row[0] for row in taken], (), work.now)
    fill(shop, _IN_OUTBOX, 500, at=AT + timedelta(days=1))

    def take(connection: Connection) -> None:
        assert len(outbox.take_unsent(connection, AT, 200)) == 200

    # When they are looked for again and again
    explain(take)
    nodes = explain(take)

    # Then the index is walked, and what is gone costs a page for many rows
    assert "Index Scan" in kinds(nodes)
    assert not kinds(nodes) & {"Sort", "Seq Scan", "Incremental Sort"}
    assert nodes[0]["Shared Hit Blocks"] + nodes[0]["Shared Read Blocks"] < PASSED / 20


@pytest.mark.parametrize("until", [None, AT - timedelta(days=30)])
def test_history_is_read_in_order_without_sorting(
    sold: Database, explain: Explain, until: datetime | None
) -> None:
    # When a piece is read from the middle of the archive
    after = first_id(datetime(2026, 10, 5, 1, tzinfo=UTC))

    def read(connection: Connection) -> None:
        end = None if until is None else first_id(until)
        assert len(archive.read(connection, ("shop.sold",), after=after, until=end, limit=500)) == 500

    nodes = explain(read)

    # Then a few pages were looked at: no partition was read as a whole
    assert "Merge Append" in kinds(nodes)
    assert not [n for n in nodes if n["Node Type"] == "Seq Scan" and n["Actual Rows"] > 100]
    assert sum(n["Actual Rows"] for n in nodes if n["Node Type"] == "Index Scan") < 1000


def test_an_erasure_finds_what_is_archived_by_reference(sold: Database, explain: Explain) -> None:
    nodes = explain(lambda connection: archive.forget(connection, "shop.closed", "till-500"))

    used = {n.get("Index Name", "") for n in nodes if n["Node Type"] in ("Index Scan", "Bitmap Index Scan")}
    assert any("subject" in name for name in used)
    assert "archive_2026_10" not in {n.get("Relation Name") for n in nodes if n["Node Type"] == "Seq Scan"}


def test_what_is_forgotten_is_found_by_the_primary_key(sold: Database, explain: Explain) -> None:
    # Given
    fill(sold, _HANDLED)
    _vacuum(sold)
    before = datetime(2026, 10, 1, tzinfo=UTC)
    start = first_id(datetime(2026, 1, 1, tzinfo=UTC))

    def forget(connection: Connection) -> None:
        assert horizons.forget(connection, "ledger", 1, before, start, 500) is not None

    # When
    nodes = explain(forget)

    # Then
    scans = [n for n in nodes if n.get("Relation Name") == "inbox" and "Scan" in n["Node Type"]]
    assert {n.get("Index Name") for n in scans} == {"inbox_pkey"}
    assert sum(n["Actual Rows"] * n["Actual Loops"] for n in scans) <= 1000
