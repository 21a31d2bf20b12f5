"""`linli policy`: checking a file needs nothing else, showing and setting work on routing's database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from services.chassis.database import Database
from services.routing.policy.cli import policy
from services.routing.storage.tables import case_facts, cases, policies
from tests.integration.routing.conftest import PATHS, Rows, Tell, registered

CUIHU = PATHS["cuihu"]

Command = Callable[..., Result]


@pytest.fixture
def command(database: Database, tell: Tell, tmp_path: Path) -> Command:
    """A function that types `linli policy …` beside a running routing; `document` is written to `policy.yaml`."""
    variables = {
        "LINLI_ROUTING_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "LINLI_SIGNING_KEYS_FILE": "keys.json",
        "LINLI_JWKS_FILE": "jwks.json",
    }
    file = tmp_path / "policy.yaml"

    def run(*words: str, document: str = "") -> Result:
        file.write_text(document, encoding="utf-8")
        typed = [str(file) if word == "FILE" else word for word in words]
        return CliRunner().invoke(policy, typed, obj=variables)

    return run


def test_check_tells_every_mistake_with_its_line_in_both_languages(command: Command) -> None:
    result = command("check", "FILE", document="grading:\n  loss: 0\n  losses: 3\nrole: {}\n")

    assert result.exit_code == 1
    lines = [line.partition("policy.yaml:")[2] for line in result.output.splitlines()]
    assert [line.split(": ")[0:2] for line in lines] == [
        ["2", "grading.loss"],
        ["3", "grading.losses"],
        ["4", "role"],
    ]
    assert "应在 1 与 100000000 之间" in lines[0]
    assert "greater than or equal to 1 " in lines[0]


def test_check_needs_no_database_and_says_when_all_is_well(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("grading: {loss: 3000}\n")

    result = CliRunner().invoke(policy, ["check", str(file)], obj={})

    assert result.exit_code == 0, result.output
    assert "没有错误" in result.output


def test_a_document_is_set_shown_and_set_again(command: Command, rows: Rows) -> None:
    made = command("set", CUIHU, "FILE", "--reason", "试行", document="grading: {loss: 3000}\n")
    shown = command("show", CUIHU)
    own = command("show", CUIHU, "--own")
    again = command("set", CUIHU, "FILE", "--reason", "不变", document=own.output)

    assert made.output == f"{CUIHU}: version 1\n"
    assert f"  loss: 3000  # {CUIHU}\n" in shown.output
    assert "  majority: 0.5  # default\n" in shown.output
    assert yaml.safe_load(shown.output)["grading"]["loss"] == 3000
    assert again.exit_code == 1
    assert "policy it has" in again.output
    assert [(row["version"], row["by"], row["reason"]) for row in rows(policies)] == [(1, None, "试行")]


def test_what_cannot_be_set_is_told_in_a_sentence(command: Command, rows: Rows) -> None:
    nowhere = command("set", "linli/west", "FILE", "--reason", "试行", document="grading: {loss: 3000}\n")
    wrong = command("set", CUIHU, "FILE", "--reason", "试行", document="grading: {loss: 0}\n")
    late = command("set", CUIHU, "FILE", "--reason", "试行", "--version", "4", document="roles: {}\n")

    assert (nowhere.exit_code, wrong.exit_code, late.exit_code) == (1, 1, 1)
    assert "path: " in nowhere.output
    assert "grading.loss" in wrong.output
    assert "meanwhile" in late.output
    assert rows(policies) == []


def test_show_without_a_place_is_what_ships(command: Command) -> None:
    assert "grades: minor_important_major  # default" in command("show").output


def test_try_tells_what_complaints_would_have_got_and_writes_nothing(
    command: Command, tell: Tell, staff: dict[str, str], rows: Rows
) -> None:
    tell(
        registered("TS-1", text="楼上漏水，损失约2000元"),
        registered("TS-2", text="楼上漏水，损失约9000元"),
        registered("TS-3", channel="letter"),
        registered("TS-4", channel="email"),
        registered("TS-5", estate="binjiang", channel="email"),
    )
    before = rows(cases), rows(case_facts)
    document = """
        labels: {grades: simple_complex_major}
        grading: {loss: 1000, channels: {written: [email]}}
    """

    tried = command("try", "FILE", "--since", "2026-11-01", "--path", CUIHU, document=document)

    assert tried.exit_code == 0, tried.output
    assert tried.output.splitlines() == [
        "4 件投诉 | complaints",
        "clock solve: 24h office → 120h office: 1  (TS-1)",
        "clock solve: 24h office → 56h office: 1  (TS-4)",
        "clock solve: 56h office → 24h office: 1  (TS-3)",
        "grade: 轻微 → 复杂: 1  (TS-4)",
        "grade: 轻微 → 重大: 1  (TS-1)",
        "grade: 重要 → 简易: 1  (TS-3)",
        "severity: important → minor: 1  (TS-3)",
        "severity: minor → important: 1  (TS-4)",
        "severity: minor → major: 1  (TS-1)",
    ]
    assert (rows(cases), rows(case_facts)) == before


def test_try_tells_how_long_clocks_would_run_and_that_hours_are_others(
    command: Command, tell: Tell, staff: dict[str, str]
) -> None:
    tell(registered("TS-1"), registered("TS-2", channel="letter"))
    document = """
        clocks:
          record: {cases: {letters: {target: 12h30m}}}
          answer: {target: null}
          return_visit: {calendar: desk}
        calendars: {named: {office: {week: {sat: ["09:00-12:00"]}}}}
    """

    tried = command("try", "FILE", "--since", "2026-11-01", document=document)

    assert tried.output.splitlines() == [
        "2 件投诉 | complaints",
        "clock answer: 24h around_the_clock → —: 2  (TS-1 TS-2)",
        "clock record: 24h around_the_clock → 12h30m around_the_clock: 1  (TS-2)",
        "clock return_visit: 24h office → 24h desk: 2  (TS-1 TS-2)",
        "clock solve: 24h office → 24h office (工作时间有变 | other hours): 1  (TS-1)",
        "clock solve: 56h office → 56h office (工作时间有变 | other hours): 1  (TS-2)",
    ]


def test_try_begins_with_a_day_of_the_zone(command: Command, tell: Tell, staff: dict[str, str]) -> None:
    tell(registered("TS-1"))

    assert command("try", "FILE", "--since", "2026-11-22").output == "1 件投诉 | complaints\n"
    assert command("try", "FILE", "--since", "2026-11-23").output == "0 件投诉 | complaints\n"
