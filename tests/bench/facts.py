"""Millions of facts of the peers' generator in our schema: loaded by COPY, and counted by what counts them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import psycopg
from sqlalchemy import text

from services.analytics.app import SERVICE
from services.analytics.domain import next_month
from services.analytics.storage.cells import count_estates, count_traits
from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.sql import connect
from tests.bench.ours import Ours
from tests.bench.peers import Peers

ESTATES, GROUP = 5_000, "g"
#: The generator's two years.
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
_REGIONS = 10

_COLUMNS = """generation, number, registered_version, estate, channel, kind, received_at, household_id, classified_version,
    category, assigned_at, answered_at, resolved_version, resolved_at, repeats"""
#: Who repeats an earlier complaint of his category is of its household, everybody else of one that nobody else is of. What the
#: generator calls a repeat without such an earlier one within 30 days is none by our definition.
_FACTS = """
    SELECT 1::int, 'TS-' || to_char(registered_at, 'YYYYMMDD') || '-' || lpad(complaint_id::text, 8, '0'), 1::bigint,
           'E' || lpad(estate_id::text, 4, '0'), 'channel-' || channel, 'complaint', registered_at,
           'h' || sum((NOT repeats)::int) OVER (ORDER BY estate_id, category, registered_at, complaint_id), 1::bigint,
           'group-' || category % 5 || '.category-' || category, registered_at + interval '5 minutes',
           registered_at + response_s * interval '1 second', CASE WHEN resolved THEN 5::bigint END,
           CASE WHEN resolved THEN registered_at + 3 * response_s * interval '1 second' END, repeats
    FROM (
        SELECT *, is_repeat AND coalesce(registered_at - lag(registered_at) OVER (
            PARTITION BY estate_id, category ORDER BY registered_at, complaint_id) <= interval '30 days', false) AS repeats
        FROM fact_complaint
    ) AS facts
    ORDER BY registered_at"""
_ESTATES = """
    INSERT INTO estates
    SELECT 1, code, code, 'g/r' || n % {regions} || '/' || code, 'UTC', 'g', 'Group', 'r' || n % {regions}, 'Region', 1,
           'UTC', 'g'
    FROM (SELECT n, 'E' || lpad(n::text, 4, '0') AS code FROM generate_series(0, {estates} - 1) AS n) AS named"""


def load(ours: Ours, peers: Peers, number: int) -> Database:
    """Generate so many facts, load them and count them; returns our database that holds them."""
    _say(f"正在生成 {number} 条事实 | generating {number} facts")
    command = peers.python(str(peers.folder / "analytics" / "gen_facts.py"), str(number))
    subprocess.run(command, env=peers.variables(), cwd=peers.folder, check=True, stdout=sys.stderr)
    ours.restore("analytics")
    with ours.machine.connect("linli_analytics") as target:
        target.execute("SET maintenance_work_mem = '1GB'; TRUNCATE facts, estates, changes")
        indexes = target.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'facts' AND indexname <> 'facts_pkey'"
        ).fetchall()
        for name, _ in indexes:
            target.execute(f"DROP INDEX {name}")
        _say("正在载入 | loading")
        _copy(peers, target)
        target.execute(_ESTATES.format(regions=_REGIONS, estates=ESTATES))
        for _, definition in indexes:
            target.execute(definition)
        target.execute("VACUUM ANALYZE facts, estates, changes")
        url = ours.machine.postgres.url("linli_analytics")
        database = Database(SERVICE.name, connect(url, application="bench"), SERVICE.catalogue, SystemClock())
        _say("正在汇总 | counting")
        _count(database)
        target.execute("VACUUM ANALYZE estate_cells, trait_cells")
    ours.machine.checkpoint()
    return database


def _copy(peers: Peers, target: psycopg.Connection[object]) -> None:
    with (
        peers.connect() as source,
        source.cursor() as reading,
        target.cursor() as writing,
    ):
        source.execute("SET work_mem = '1GB'; SET TimeZone = 'UTC'")
        with (
            reading.copy(f"COPY ({_FACTS}) TO STDOUT (FORMAT binary)") as rows,
            writing.copy(f"COPY facts ({_COLUMNS}) FROM STDIN (FORMAT binary)") as copy,
        ):
            for row in rows:
                copy.write(row)


def _count(database: Database) -> None:
    codes = [f"E{number:04d}" for number in range(ESTATES)]
    month = FIRST
    while month <= LAST:
        days = [month + timedelta(days=day) for day in range((next_month(month) - month).days)]
        with database.begin() as work:
            work.connection.execute(text("SET LOCAL statement_timeout = 0"))
            count_estates(work.connection, 1, {(code, month) for code in codes})
            count_traits(work.connection, 1, {(GROUP, day) for day in days})
        month = next_month(month)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
