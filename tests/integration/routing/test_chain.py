"""The hash chains of cases in the database: every writer adds to them, and `linli audit verify` finds what was changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import text
from structlog.testing import capture_logs

from services.chassis.database import Database
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.routing.audit import audit
from services.routing.storage import timeline
from services.routing.storage.tables import timeline as entries
from services.routing.storage.tables import timeline_seals, work_orders
from tests.integration.routing.conftest import Caller, Rows, Tell, rated, registered

A, B = "TS-20261122-AAAAAA", "TS-20261122-BBBBBB"

Verify = Callable[..., Result]
#: Does something to the tables behind the back of the program.
Tamper = Callable[[str], None]
Step = Callable[[str], Callable[[], bool]]


@pytest.fixture
def verify(database: Database) -> Verify:
    """A function that types `linli audit verify …` beside a running routing."""
    variables = {
        "LINLI_ROUTING_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "LINLI_SIGNING_KEYS_FILE": "keys.json",
        "LINLI_JWKS_FILE": "jwks.json",
    }
    return lambda *words: CliRunner().invoke(audit, ["verify", *words], obj=variables)


@pytest.fixture
def tamper(database: Database) -> Tamper:
    def run(statement: str) -> None:
        with database.engine.begin() as connection:
            connection.execute(text(statement))

    return run


@pytest.fixture
def handled(client: FlaskClient, tell: Tell, staff: dict[str, str], caller: Caller, rows: Rows) -> None:
    """Two complaints; the first is answered, resolved, signed off, rated and reopened."""
    tell(registered(A), registered(B, text="楼道灯不亮"))
    order = next(each for each in rows(work_orders) if each["number"] == A)
    person = {"role": "handler", "id": order["assignee"]}
    for step, who in (("accept", person), ("answer", person), ("resolve", person), ("sign-off", {})):
        answer = client.post(
            f"/api/routing/work-orders/{order['id']}/{step}",
            json={"note": "已修好，电话 13800138000"} if step in ("answer", "resolve") else {},
            headers=caller(**who),
        )
        assert answer.status_code == 200, answer.text
    tell(rated(A, "dissatisfied"))


def places(result: Result) -> list[tuple[str, str, str]]:
    """Complaint or day, position and fault of each line but the last."""
    lines = [line.split("\t") for line in result.output.splitlines()[:-1]]
    return [(number, position, fault.partition(":")[0]) for number, position, fault, *_ in lines]


def newest(rows: Rows, number: str = A) -> int:
    return max(each["position"] for each in rows(entries) if each["number"] == number)


def test_whatever_writes_on_a_timeline_adds_to_its_chain(handled: None, verify: Verify, rows: Rows) -> None:
    result = verify()

    assert result.exit_code == 0, result.output
    written = rows(entries)
    assert f"cases 2, entries {len(written)}, texts erased 0, not chained yet 0" in result.output
    assert sorted(each["position"] for each in written if each["number"] == A) == list(
        range(1, newest(rows) + 1)
    )
    assert newest(rows) > 7


@pytest.mark.parametrize(
    ("change", "position", "fault"),
    [
        ("UPDATE timeline SET text = '没有修' WHERE number = '{A}' AND entry = 'answered'", 4, "text"),
        (
            "UPDATE timeline SET at = at - interval '1 microsecond' WHERE number = '{A}' AND position = 3",
            3,
            "changed",
        ),
        ("UPDATE timeline SET by = 'someone' WHERE number = '{A}' AND position = 5", 5, "changed"),
        (
            'UPDATE timeline SET details = details || \'{{"urgency": "urgent"}}\' WHERE position = 1',
            1,
            "changed",
        ),
        ("DELETE FROM timeline WHERE number = '{A}' AND position = 2", 2, "missing"),
        ("DELETE FROM timeline WHERE number = '{A}' AND position > 6", 7, "missing"),
        ("UPDATE timeline SET position = 1000 WHERE number = '{A}' AND position = 3", 3, "missing"),
        ("UPDATE timeline SET digest = sha256('') WHERE number = '{A}' AND position = 3", 3, "changed"),
        ("UPDATE cases SET chain_head = sha256('') WHERE number = '{A}'", 0, "end"),
        ("UPDATE cases SET chained = chained - 1 WHERE number = '{A}'", 0, "end"),
        (
            "UPDATE timeline SET number = '{B}', position = 3 WHERE number = '{A}' AND position = 3",
            3,
            "missing",
        ),
    ],
)
def test_what_was_changed_deleted_or_moved_is_found_where_it_is(
    handled: None, verify: Verify, tamper: Tamper, rows: Rows, change: str, position: int, fault: str
) -> None:
    tamper(change.format(A=A, B=B))

    result = verify()

    assert result.exit_code == 1
    assert (A, str(position or newest(rows)), fault) == places(result)[0]
    assert places(verify("--case", A))[0] == places(result)[0]


def test_two_entries_that_change_places_are_found(handled: None, verify: Verify, tamper: Tamper) -> None:
    tamper("DROP INDEX timeline_position")
    tamper(f"UPDATE timeline SET position = 7 - position WHERE number = '{A}' AND position IN (3, 4)")

    assert places(verify())[:2] == [(A, "3", "changed"), (A, "4", "changed")]


def test_a_text_can_be_erased(handled: None, verify: Verify, tamper: Tamper, rows: Rows) -> None:
    tamper("UPDATE timeline SET text = NULL, text_salt = NULL WHERE text IS NOT NULL")

    result = verify()

    assert result.exit_code == 0, result.output
    assert "texts erased 0" not in result.output


def test_a_complaint_that_nobody_knows_is_said_to_be_unknown(tell: Tell, verify: Verify) -> None:
    result = verify("--case", A)

    assert result.exit_code == 1
    assert "没有这件投诉" in result.output


def test_only_complaints_received_since_a_day_are_looked_at(
    tell: Tell, verify: Verify, tamper: Tamper
) -> None:
    old = DEFAULT_START - timedelta(days=3)
    tell(registered(A, received_at=old), registered(B))
    tamper("UPDATE timeline SET by = 'someone' WHERE position = 1")

    found = places(verify("--since", DEFAULT_START.date().isoformat()))

    assert [number for number, *_ in found] == [B]


def test_of_two_who_write_at_once_neither_breaks_the_chain(
    database: Database, tell: Tell, verify: Verify
) -> None:
    tell(registered(A), registered(B))

    def write(turn: int) -> None:
        with database.begin() as work:
            numbers = (A, B) if turn % 2 else (B, A)
            rows = [timeline.entry(each, work.now, "progressed", text=str(turn)) for each in numbers]
            timeline.append(work.connection, [*rows, *rows])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(24)))

    result = verify()
    assert result.exit_code == 0, result.output
    assert "cases 2, entries 98" in result.output


#: Stands for what the version before this one writes: no position, no digest.
_OF_THE_VERSION_BEFORE = f"""
    INSERT INTO timeline (number, at, entry, by, text, details)
    SELECT '{A}', now(), 'progressed', 'zhang', '照常处理', '{{"b": 1.50, "a": ["x", null]}}' FROM generate_series(1, 3)
    """


def test_what_the_version_before_wrote_is_chained_behind_the_rest(
    handled: None, verify: Verify, tamper: Tamper, rows: Rows, step_of: Step
) -> None:
    last = newest(rows)
    tamper("UPDATE cases SET chained = 0, chain_head = NULL WHERE number = '" + B + "'")
    tamper(
        "UPDATE timeline SET position = NULL, digest = NULL, text_salt = NULL, text_digest = NULL WHERE number = '"
        + B
        + "'"
    )
    tamper(_OF_THE_VERSION_BEFORE)
    assert "not chained yet 0" not in verify().output

    while step_of("routing.chain")():
        pass

    result = verify()
    assert result.exit_code == 0, result.output
    assert "not chained yet 0" in result.output
    assert (newest(rows), newest(rows, B)) == (last + 3, 2)


@pytest.fixture
def days(clock: ManualClock, tell: Tell, step_of: Step) -> Callable[[], list[Mapping[str, Any]]]:
    """A function that lets a day begin, seals the one before and returns what was told in the log."""

    def pass_by() -> list[Mapping[str, Any]]:
        with capture_logs() as logs:
            clock.advance(days=1)
            step_of("routing.chain")()
            clock.advance(minutes=11)
            while step_of("routing.chain")():
                pass
        return [line for line in logs if line["event"] == "timeline_sealed"]

    return pass_by


def test_each_day_is_sealed_once_and_told_in_the_log(
    handled: None, days: Callable[[], list[Mapping[str, Any]]], rows: Rows, verify: Verify, tell: Tell
) -> None:
    (first,) = days()
    before = len(rows(entries))
    tell(registered("TS-20261123-CCCCCC"))
    (second,) = days()

    assert (first["entries"], second["entries"]) == (before, 2)
    assert [seal["digest"].hex() for seal in rows(timeline_seals)] == [first["digest"], second["digest"]]
    result = verify("--seal", first["digest"])
    assert result.exit_code == 0, result.output
    assert "days sealed 2, faults 0" in result.output


def test_a_case_that_vanished_whole_is_found_by_the_seal_of_its_day(
    handled: None, days: Callable[[], object], verify: Verify, tamper: Tamper, tell: Tell, rows: Rows
) -> None:
    days()
    tell(registered("TS-20261123-CCCCCC"))
    days()
    # As who may do everything in the database can do it, whatever refers to the case.
    tamper(
        "SET LOCAL session_replication_role = replica;"
        f"DELETE FROM timeline WHERE number = '{B}'; DELETE FROM cases WHERE number = '{B}'"
    )

    result = verify()

    assert result.exit_code == 1
    first = min(seal["day"] for seal in rows(timeline_seals))
    assert places(result) == [(str(first), "-", "seal")]


def test_a_chain_that_was_written_anew_with_its_seal_is_found_by_the_digest_in_the_log(
    handled: None, days: Callable[[], list[Mapping[str, Any]]], verify: Verify, tamper: Tamper
) -> None:
    (told,) = days()
    tamper("TRUNCATE timeline; UPDATE cases SET chained = 0, chain_head = NULL; DELETE FROM timeline_seals")

    assert verify().exit_code == 0
    result = verify("--seal", told["digest"])
    assert result.exit_code == 1
    assert "封签不在册" in result.output
