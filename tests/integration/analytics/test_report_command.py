"""`linli report`: the same report as over HTTP, as a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from services.analytics.reports.command import report
from services.chassis.database import Database
from tests.integration.analytics.lives import Case, estate

Command = Callable[..., Result]


@pytest.fixture
def command(
    database: Database, tell: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """A function that types `linli report …` in an empty folder, beside an analytics that knows one complaint."""
    tell(estate(name="翠湖"), Case("TS-1").registered())
    monkeypatch.chdir(tmp_path)
    variables = {"LINLI_ANALYTICS_DATABASE_URL": database.engine.url.render_as_string(hide_password=False)}
    variables["LINLI_JWKS_FILE"] = "jwks.json"
    return lambda *words: CliRunner().invoke(report, words, obj=variables)


def test_a_workbook_is_named_after_scope_and_period(command: Command, tmp_path: Path) -> None:
    written = command("2026-11", "--scope", "g/east/E1")

    assert written.exit_code == 0, written.output
    assert written.output == "投诉月报-翠湖-2026-11.xlsx\n"
    assert load_workbook(tmp_path / "投诉月报-翠湖-2026-11.xlsx").sheetnames[0] == "总览"


def test_json_goes_where_it_is_wanted(command: Command, tmp_path: Path) -> None:
    told = command("2026-Q4", "--format", "json", "--language", "en", "-o", "-")
    filed = command("2026-Q4", "--format", "json", "-o", str(tmp_path / "q4.json"))

    assert json.loads(told.stdout)["overview"]["now"]["received"] == 1
    assert json.loads((tmp_path / "q4.json").read_bytes())["period"]["name"] == "2026-Q4"
    assert filed.output.strip().endswith("q4.json")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("2026-13",), "as 2026-11"),
        (("november",), "应为月份"),
        (("2026-11", "--scope", "g/nowhere"), "g/nowhere"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    command: Command, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    refused = command(*words)

    assert refused.exit_code != 0
    assert says in refused.output
    assert list(tmp_path.iterdir()) == []
