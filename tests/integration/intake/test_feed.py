"""`linli feed` sends texts of a file through the real HTTP surface."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import Table
from werkzeug.serving import make_server

from services.intake.cli import feed
from services.intake.storage.tables import complaints

pytestmark = pytest.mark.usefixtures("tree")

ROWS: list[Any] = [
    {"id": 1, "user": "A1", "title": "电梯坏了", "created": "2019-01-02T03:04:05", "body": "三天没人修"},
    {"id": 2, "title": "", "body": "垃圾没人清"},
    {"id": 3, "title": "太长", "body": "水" * 10_001},
    {"id": 4, "title": "空", "body": "\x00"},
    "no object",
    {"id": 6, "title": "噪音", "body": "半夜施工"},
]


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """The address of a server that serves intake."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Six lines, three of them good complaints."""
    path = tmp_path / "texts.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in ROWS)
    return path


@pytest.fixture
def run(url: str, file: Path, tmp_path: Path) -> Callable[..., Result]:
    """A function that runs the command with a journal of this test."""

    def command(*arguments: str, journal: str = "journal") -> Result:
        standard = [str(file), "--url", url, "--journal", str(tmp_path / journal)]
        return CliRunner().invoke(feed, [*standard, *arguments])

    return command


def figures(result: Result) -> dict[str, int]:
    lines = [line.split() for line in result.output.splitlines()]
    return {line[0]: int(line[-1]) for line in lines if line and line[0] in ("sent", "already", "refused")}


def test_texts_become_complaints_and_refusals_have_their_reason(
    run: Callable[..., Result], rows: Callable[[Table], list[Any]]
) -> None:
    result = run()

    assert result.exit_code == 0, result.output
    assert figures(result) == {"sent": 3, "already": 0, "refused": 3}
    assert "10000" in result.output
    texts = {row["text"]: row["estate"] for row in rows(complaints)}
    assert set(texts) == {"电梯坏了\n三天没人修", "垃圾没人清", "噪音\n半夜施工"}
    assert len(set(texts.values())) > 1


def test_a_second_run_sends_nothing_again(
    run: Callable[..., Result], rows: Callable[[Table], list[Any]]
) -> None:
    run()

    with_journal = run()
    without = run(journal="another")

    assert figures(with_journal) == figures(without) == {"sent": 0, "already": 3, "refused": 3}
    assert len(rows(complaints)) == 3


def test_estates_may_be_named(run: Callable[..., Result], rows: Callable[[Table], list[Any]]) -> None:
    run("--estate", "W1", "--channel", "app")

    assert {(row["estate"], row["channel"]) for row in rows(complaints)} == {("W1", "app")}


def test_a_torn_journal_is_read_as_far_as_it_goes(
    run: Callable[..., Result], tmp_path: Path, rows: Callable[[Table], list[Any]]
) -> None:
    run()
    journal = tmp_path / "journal"
    journal.write_text(journal.read_text()[:-9])

    result = run()

    assert figures(result)["already"] == 3
    assert len(rows(complaints)) == 3
