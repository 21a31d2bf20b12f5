"""Rows of other systems' records are read by a mapping that is data; what is wrong with one is said (DESIGN §2.11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.history import (
    ISO,
    Choice,
    Columns,
    HistoryMapping,
    Record,
    Unfit,
    category_path,
    history_number,
    read_record,
)
from services.intake.domain.numbers import is_complaint_number

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MAPPING = HistoryMapping(
    name="old",
    digest="",
    encoding="utf-8",
    delimiter=",",
    zone="Asia/Shanghai",
    time_format="%d/%m/%Y %H:%M",
    columns=Columns(
        id=("no",),
        received_at="in",
        category=("kind", "matter"),
        text=("title", "text"),
        place=("street", "house"),
        result=("result",),
        answered_at="answered",
        resolved_at="out",
    ),
    kind=Choice(otherwise="complaint"),
    channel=Choice("by", {"电话": "phone"}),
    estate=Choice("where", {"翠湖": "cuihu"}, "rest"),
    own_channels={"热线": "phone"},
    tree=(),
)
ROW = {
    "no": "7",
    "in": "01/07/2011 08:30",
    "answered": "",
    "out": "02/07/2011 08:30",
    "kind": "设施",
    "matter": "电梯",
    "title": "电梯坏了",
    "text": " 三天没人修 ",
    "street": "学院路",
    "house": "3 号楼",
    "result": "",
    "by": "电话",
    "where": "翠湖",
}


def read(mapping: HistoryMapping = MAPPING, **cells: str) -> Record:
    return read_record(mapping, {**ROW, **cells}, NOW, kinds=("complaint", "help"), channels=("phone", "web"))


def fault(mapping: HistoryMapping = MAPPING, **cells: str) -> tuple[str, str]:
    with pytest.raises(Unfit) as caught:
        read(mapping, **cells)
    return caught.value.code, caught.value.column


def test_a_row_becomes_a_complaint_as_the_mapping_says() -> None:
    received = datetime(2011, 7, 1, 0, 30, tzinfo=UTC)

    assert read() == Record(
        id="7",
        estate="cuihu",
        channel="phone",
        own_channel=None,
        kind="complaint",
        text="电梯坏了\n三天没人修",
        category="设施/电梯",
        place="学院路 3 号楼",
        result=None,
        received_at=received,
        recorded_at=received,
        answered_at=None,
        resolved_at=received + timedelta(days=1),
        closed_at=None,
    )


def test_a_channel_of_its_own_keeps_its_word_beside_the_one_it_is_most_like() -> None:
    record = read(by="热线")

    assert (record.channel, record.own_channel) == ("phone", "热线")


def test_where_no_word_stands_holds_what_the_mapping_says_for_the_rest() -> None:
    assert read(where=" ").estate == "rest"


def test_times_of_a_fixed_zone_keep_their_differences_over_a_clock_change() -> None:
    boston = replace(MAPPING, zone="Etc/GMT+5", time_format=ISO)

    record = read(boston, **{"in": "2011-11-05 23:00:00", "out": "2011-11-06 23:00:00"})

    assert record.resolved_at is not None
    assert record.resolved_at - record.received_at == timedelta(hours=24)


def test_a_time_with_an_offset_says_itself_where_it_is() -> None:
    record = read(replace(MAPPING, time_format=ISO), **{"in": "2011-07-01T00:00:00+02:00", "out": ""})

    assert record.received_at == datetime(2011, 6, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"no": " "}, ("history_blank", "no")),
        ({"in": ""}, ("history_blank", "in")),
        ({"in": "2011-07-01"}, ("history_time_unreadable", "in")),
        ({"in": "01/07/2031 08:30"}, ("history_in_future", "in")),
        ({"out": "01/07/2031 08:30"}, ("history_in_future", "out")),
        ({"out": "30/06/2011 08:30"}, ("history_before_receipt", "out")),
        ({"title": "", "text": ""}, ("history_blank", "title")),
        ({"matter": ""}, ("history_blank", "matter")),
        ({"by": "传真"}, ("history_word_unknown", "by")),
        ({"by": ""}, ("history_blank", "by")),
        ({"text": "长" * 10_001}, ("history_too_long", "title")),
        ({"matter": "长" * 200}, ("history_too_long", "matter")),
        ({"street": "路\x00"}, ("history_not_text", "street")),
        ({"title": "\udcff"}, ("history_not_text", "title")),
        ({"where": "\udcff"}, ("history_not_text", "where")),
    ],
)
def test_what_is_wrong_is_said_with_its_column(cells: dict[str, str], expected: tuple[str, str]) -> None:
    assert fault(**cells) == expected


@given(st.lists(st.text(min_size=1, max_size=8).map(str.strip).filter(bool), min_size=1, max_size=4))
def test_the_names_of_a_category_are_found_again_in_its_path(names: list[str]) -> None:
    names = [name.replace("\x00", "x") for name in names]
    cells: dict[str, Any] = {str(at): name for at, name in enumerate(names)}

    path = category_path(cells, tuple(cells))

    assert [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")] == names


def test_a_number_is_the_same_in_every_run_and_another_for_every_row_mapping_and_attempt() -> None:
    received = datetime(2011, 7, 1, 20, tzinfo=UTC)
    first = history_number("old", "7", 0, received, "Asia/Shanghai")

    assert first == history_number("old", "7", 0, received, "Asia/Shanghai")
    assert first.startswith("TS-20110702-")
    assert is_complaint_number(first)
    others = {
        history_number(*row, received, "Asia/Shanghai")
        for row in [("old", "8", 0), ("new", "7", 0), ("old", "7", 1)]
    }
    assert len(others | {first}) == 4


def test_the_digest_of_a_complaint_changes_with_each_thing_it_says() -> None:
    record = read()
    changed = [replace(record, text="x"), replace(record, place=None), replace(record, closed_at=NOW)]

    assert len({each.digest() for each in [record, read(), *changed]}) == 4


def test_a_mapping_names_every_column_it_needs() -> None:
    assert MAPPING.column_names() == set(ROW)
