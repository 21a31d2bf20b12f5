"""`linli replay` takes complaints of the past over: each row once for ever, whatever happens in between."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from services.chassis.cli import linli as command
from services.chassis.database import Database
from services.chassis.platform import conninfo
from services.chassis.testing.servers import MakeDatabase
from services.chassis.testing.services import published
from services.chassis.transport import Message, queue_of
from services.chassis.transport.postgres import PostgresTransport
from services.contracts.catalogue import CATALOGUE
from services.intake.domain.history import history_number
from services.intake.history import run as running
from services.intake.history.mapping import read_mapping
from services.intake.history.pacing import Pacing
from services.intake.history.rows import FileRefused, open_history, run_key
from services.intake.history.run import Run
from services.intake.storage.history import Standing
from services.intake.storage.tables import complaints, history_sources, nodes
from tests.integration.intake.conftest import Rows
from tests.integration.intake.old_records import MAPPING, ROWS, many, mapping, written

#: Runs `linli replay` on a file, its mapping being that of the made-up city.
Replay = Callable[..., Result]


@pytest.fixture
def transport(make_database: MakeDatabase) -> PostgresTransport:
    """The queues; nobody takes anything from them."""
    transport = PostgresTransport(conninfo(make_database("transport")), CATALOGUE.bindings())
    transport.create()
    return transport


@pytest.fixture
def replay(database: Database, transport: PostgresTransport, tmp_path: Path) -> Replay:
    """A function `(file, *options)` that types the command beside an installation."""
    variables = {
        "LINLI_INTAKE_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "LINLI_INTAKE_CLAIM_SECRET": "s" * 32,
        "LINLI_JWKS_FILE": "unused",
        "LINLI_TRANSPORT_DATABASE_URL": transport._conninfo,
    }
    (tmp_path / "env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))

    def run(file: Path, *options: str, by: str | None = None) -> Result:
        words = ["replay", str(file), "--mapping", by or str(mapping(tmp_path))]
        rejects = ["--rejects", str(tmp_path / "rejects.csv")]
        return CliRunner().invoke(command, ["--env-file", str(tmp_path / "env"), *words, *rejects, *options])

    return run


@pytest.fixture
def of_file(database: Database, tmp_path: Path) -> Callable[..., Run]:
    """A function `(file, wait)` that gives the run of a file without the command around it."""

    def make(file: Path, wait: Callable[[], None] = lambda: None) -> Run:
        old = read_mapping(str(mapping(tmp_path)))
        run = Run(run_key(file, old), old, database, "s" * 32, wait)
        run.begin(file.name)
        return run

    return make


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows a transaction, so that a small file takes several."""
    monkeypatch.setattr(running, "BATCH", 10)


def figures(result: Result) -> dict[str, int]:
    lines = [line.split() for line in result.output.splitlines()]
    return {
        line[0]: int(line[3] if line[0] == "already" else line[2])
        for line in lines
        if line and line[0] in ("taken", "already", "rejected")
    }


def listed(folder: Path) -> list[dict[str, str]]:
    with (folder / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def go_through(run: Run, file: Path) -> list[Standing]:
    with open_history(file, run.mapping) as source:
        return list(run.steps(source))


def shanghai(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo("Asia/Shanghai"))  # type: ignore[arg-type, misc]


def test_rows_become_complaints_with_the_words_and_times_of_the_records(
    replay: Replay, tmp_path: Path, rows: Rows, database: Database
) -> None:
    result = replay(written(tmp_path))

    assert result.exit_code == 0, result.output
    assert figures(result) == {"taken": 4, "already": 0, "rejected": 0}
    first, second, third, _ = sorted(rows(complaints), key=lambda row: row["received_at"])
    assert first["text"] == "电梯停运\n业主电话 13812345678"
    assert (first["estate"], first["channel"], first["kind"]) == ("harbour-1", "phone", "complaint")
    assert (second["channel"], second["received_at"]) == ("letter", shanghai(2015, 3, 5, 10))
    assert third["text"] == '垃圾"满"了\n气味大;\n多日未清'
    event = next(e for e in published(database, "complaint.registered") if e.subject == first["number"])
    assert event.mode == "historical"
    assert event.data["text"] == "电梯停运\n业主电话 ***"
    assert event.data["history"] == {
        "source": "harbour",
        "category": "设施/电梯~1扶梯",
        "place": "3 号楼",
        "channel": None,
        "result": "已修",
        "answered_at": shanghai(2015, 3, 1, 9, 30),
        "resolved_at": shanghai(2015, 3, 3, 8),
        "closed_at": None,
    }


def test_estates_that_are_missing_are_made_and_told_of_before_their_complaints(
    replay: Replay, tmp_path: Path, rows: Rows, database: Database, tree: None
) -> None:
    before = {row["code"] for row in rows(nodes)}

    replay(written(tmp_path))

    assert {row["code"] for row in rows(nodes)} - before == {"harbour", "harbour-1", "harbour-2"}
    told = [(event.name, event.subject) for event in published(database)]
    first = next(at for at, (name, _) in enumerate(told) if name == "complaint.registered")
    assert {("estate.changed", "harbour-1"), ("estate.changed", "harbour-2")} <= set(told[:first])


def test_a_second_run_and_another_file_with_the_same_rows_take_nothing_again(
    replay: Replay, tmp_path: Path, rows: Rows, database: Database
) -> None:
    replay(written(tmp_path))
    numbers, events = {row["number"] for row in rows(complaints)}, len(published(database))

    again = replay(written(tmp_path))
    other = replay(written(tmp_path, *ROWS, ROWS[0], name="other.csv"))

    assert figures(again) == {"taken": 4, "already": 0, "rejected": 0}
    assert "this run 本次 0" in again.output
    assert figures(other) == {"taken": 0, "already": 5, "rejected": 0}
    assert {row["number"] for row in rows(complaints)} == numbers
    assert len(published(database)) == events


def test_a_row_that_says_something_else_by_now_is_reported_and_not_overwritten(
    replay: Replay, tmp_path: Path, rows: Rows
) -> None:
    replay(written(tmp_path))

    result = replay(written(tmp_path, ROWS[0].replace("已修", "更换"), *ROWS[1:]))

    assert figures(result) == {"taken": 0, "already": 3, "rejected": 1}
    (reject,) = listed(tmp_path)
    assert (reject["line 行"], reject["id 编号"]) == ("2", "2015 1")
    assert "已导入" in reject["reason 原因"]
    assert len(rows(complaints)) == 4


def test_bad_rows_are_listed_with_line_and_reason_and_the_rest_is_taken(
    replay: Replay, tmp_path: Path, rows: Rows
) -> None:
    bad = [
        "5;2015;gestern;;;无;;;环境;绿化;;投诉;来电;海港一期;",
        "6;2015;07.03.2015 10:00;;;无;;;环境;绿化;;投诉;传真;海港一期;",
        "7;2015;07.03.2015 10:00;;;无;;;环境;绿化;;投诉;来电;月亮湾;",
        "8;2015;too short",
    ]

    result = replay(written(tmp_path, *ROWS[:2], *bad, *ROWS[2:]))

    assert result.exit_code == 0, result.output
    assert figures(result) == {"taken": 4, "already": 0, "rejected": 4}
    assert [(r["line 行"], r["column 列"], r["value 值"]) for r in listed(tmp_path)] == [
        ("4", "来电时间", "gestern"),
        ("5", "来源", "传真"),
        ("6", "", "月亮湾"),
        ("7", "", ""),
    ]
    assert len(rows(complaints)) == 4


@pytest.mark.usefixtures("small_batches")
def test_a_run_that_was_interrupted_goes_on_behind_its_last_batch(
    of_file: Callable[..., Run], tmp_path: Path, rows: Rows
) -> None:
    file = written(tmp_path, *many(45), name="many.csv")
    turns = iter(range(2))

    def until_the_third() -> None:
        next(turns)

    with pytest.raises(RuntimeError):
        go_through(of_file(file, until_the_third), file)
    assert len(rows(complaints)) == 20

    steps = go_through(of_file(file), file)

    assert [step.taken for step in steps] == [30, 40, 45]
    assert len({row["id"] for row in rows(history_sources)}) == len(rows(complaints)) == 45


@pytest.mark.usefixtures("small_batches")
def test_two_runs_at_once_take_each_row_once(
    of_file: Callable[..., Run], tmp_path: Path, rows: Rows, database: Database
) -> None:
    file = written(tmp_path, *many(60), name="many.csv")
    other = written(tmp_path, *reversed(many(60)), name="reversed.csv")
    together = threading.Barrier(3)
    runs = [(of_file(each, lambda: together.wait(30) and None), each) for each in (file, file, other)]
    threads = [threading.Thread(target=go_through, args=run) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(rows(complaints)) == len(rows(history_sources)) == 60
    assert len(published(database, "complaint.registered")) == 60
    assert runs[0][0].standing().taken + runs[2][0].standing().taken == 60


def test_a_number_that_somebody_has_is_left_to_him(
    replay: Replay, tmp_path: Path, rows: Rows, database: Database
) -> None:
    received = shanghai(2015, 3, 1, 8)
    first, second = (history_number("harbour", "2015 1", n, received, "Asia/Shanghai") for n in (0, 1))
    with database.begin() as work:
        other = {"number": first, "estate": "E", "channel": "web", "kind": "complaint", "text": "在先"}
        times = {"received_at": received, "recorded_at": received}
        row = {**other, **times, "anonymous": True, "claim_digest": b""}
        work.connection.execute(complaints.insert().values(row))

    replay(written(tmp_path))

    texts = {row["number"]: row["text"] for row in rows(complaints)}
    assert texts[first] == "在先"
    assert texts[second].startswith("电梯停运")


def test_it_waits_while_much_is_not_handled_yet_and_says_for_what(
    database: Database, transport: PostgresTransport, clock: Any
) -> None:
    publisher = transport.publisher()
    publisher.publish([Message(str(at), "complaint.rated", b"{}") for at in range(3)])
    told: list[str] = []
    looks: list[float] = []

    def pause(seconds: float) -> None:
        looks.append(seconds)
        clock.advance(seconds=6)
        if len(looks) == 4:
            transport.consumer(queue_of("routing"), 10).receive(10, 0)

    queues = [queue_of("notification"), queue_of("routing")]
    Pacing(database, publisher, queues, pause, told.append, backlog=2).wait()

    assert len(looks) == 4
    assert told == ["linli.routing"]


def test_a_file_without_a_column_of_the_mapping_is_refused_with_its_name(
    replay: Replay, tmp_path: Path
) -> None:
    file = tmp_path / "other.csv"
    file.write_text("流水号;年度\n1;2015\n", encoding="gb18030")

    result = replay(file)

    assert result.exit_code == 1
    assert "来电时间" in result.output


@pytest.mark.usefixtures("small_batches")
def test_what_stands_before_the_damage_of_a_file_is_taken(
    of_file: Callable[..., Run], tmp_path: Path, rows: Rows
) -> None:
    file = written(tmp_path, *many(2000))
    file.write_bytes(file.read_bytes()[:-2000])

    with pytest.raises(FileRefused, match="damaged"):
        go_through(of_file(file), file)

    assert 0 < len(rows(complaints)) < 2000


def test_a_dry_run_shows_the_first_complaints_and_needs_no_installation(tmp_path: Path, rows: Rows) -> None:
    file, by = written(tmp_path, *ROWS, ROWS[0], "9;2015;"), mapping(tmp_path)

    result = CliRunner().invoke(
        command,
        ["--env-file", str(tmp_path / "none"), "replay", str(file), "--mapping", str(by), "--dry-run"],
    )

    assert result.exit_code == 0, result.output
    assert "设施/电梯~1扶梯" in result.output
    assert "2015-03-01 00:00:00+00:00" in result.output
    assert [
        line.split()[-1] for line in result.output.splitlines() if line.startswith(("fit", "id stands"))
    ] == [
        "5",
        "1",
    ]
    assert rows(complaints) == []


def test_mistakes_of_a_mapping_and_of_its_tree_end_the_command_with_a_sentence(
    replay: Replay, tmp_path: Path
) -> None:
    unknown = replay(written(tmp_path), by="nowhere")
    (tmp_path / "orphan.yaml").write_text(MAPPING.replace("parent: harbour,", "parent: nobody,"), "utf-8")
    orphan = replay(written(tmp_path), by=str(tmp_path / "orphan.yaml"))

    assert (unknown.exit_code, orphan.exit_code) == (1, 1)
    assert "boston311" in unknown.output
    assert "tree, node 2, parent" in orphan.output


def test_a_received_time_decides_the_day_of_the_number(replay: Replay, tmp_path: Path, rows: Rows) -> None:
    replay(written(tmp_path))

    for row in rows(complaints):
        local = row["received_at"] + timedelta(hours=8)
        assert row["number"].startswith(f"TS-{local:%Y%m%d}-")
