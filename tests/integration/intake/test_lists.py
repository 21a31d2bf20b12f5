"""The tenant tree and its households are imported from CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Table

from services.chassis.database import Database
from services.chassis.testing.services import published
from services.intake.storage.tables import households, nodes, parties
from tests.integration.intake.lists import HOMES, TREE, field_errors

Rows = Callable[[Table], list[Any]]
Import = Callable[..., Any]

CHINESE = "编码,类型,名称,上级\nG,集团,绿城集团,\nE1,小区,翠苑花园,G\n"

#: What is wrong: no such parent, no parent, an estate in an estate, a region in one, twice, a cycle, another kind.
NO_TREES = [
    ("E9,estate,九,NOWHERE,\n", "line 2.parent"),
    ("E9,estate,九,,\n", "line 2.parent"),
    ("E9,estate,九,E1,\n", "line 2.kind"),
    ("R9,region,九,E1,\n", "line 2.kind"),
    ("E9,estate,九,EAST,\nE9,estate,玖,EAST,\n", "line 3.code"),
    ("A,region,甲,B,\nB,region,乙,A,\n", "line 2.parent"),
    ("E1,building,一,EAST,\n", "line 2.kind"),
]

#: What is wrong: no text, an open quotation, a column missing or twice, nothing at all, NUL, an endless cell.
NO_LISTS = [
    (b"\xff\xfe\x00", "csv_encoding"),
    (b'estate,unit\n"E1,1', "csv_malformed"),
    (b"estate,name\nE1,x\n", "csv_heading_missing"),
    (b"estate,estate,unit\nE1,E1,1\n", "csv_heading_repeated"),
    (b"", "csv_heading_missing"),
    (b"estate,unit\nE1,1\x001\n", "invalid"),
    (b"estate,unit\nE1," + b"1" * 200_000, "csv_malformed"),
]


def test_a_tree_is_imported_and_its_estates_are_announced(
    tree: None, client: FlaskClient, database: Database
) -> None:
    found = client.get("/api/intake/estates").json

    assert [item["path"] for item in found["items"]] == ["G/EAST/E2", "G/WEST/W1", "G/EAST/E1"]
    told = {event.subject: event.data for event in published(database, "estate.changed")}
    assert set(told) == {"E1", "E2", "W1"}
    assert told["W1"]["zone"] == "Asia/Urumqi"
    assert (told["E1"]["group_name"], told["E1"]["region_name"]) == ("绿城集团", "东区")


def test_the_same_list_again_changes_nothing(tree: None, import_csv: Import, database: Database) -> None:
    before = len(published(database))

    again = import_csv("estates", TREE)

    assert again.json == {"rows": 6, "created": 0, "changed": 0}
    assert len(published(database)) == before


def test_a_new_name_of_a_region_is_told_of_its_estates(
    tree: None, import_csv: Import, database: Database
) -> None:
    before = len(published(database))

    answer = import_csv("estates", "code,kind,name,parent\nEAST,region,华东区,G\n")

    assert answer.json == {"rows": 1, "created": 0, "changed": 1}
    events = published(database)[before:]
    assert [(event.subject, event.data["region_name"]) for event in events] == [
        ("E1", "华东区"),
        ("E2", "华东区"),
    ]


@pytest.mark.parametrize(
    "content",
    [CHINESE.encode(), CHINESE.encode("utf-8-sig"), CHINESE.encode("gb18030"), CHINESE.replace("\n", "\r\n")],
    ids=["utf-8", "with BOM", "GB18030", "CRLF"],
)
def test_lists_come_as_excel_saves_them(content: bytes | str, import_csv: Import, rows: Rows) -> None:
    assert import_csv("estates", content).json == {"rows": 2, "created": 2, "changed": 0}
    assert {row["name"] for row in rows(nodes)} == {"绿城集团", "翠苑花园"}


def test_every_faulty_line_is_named_and_nothing_is_written(import_csv: Import, rows: Rows) -> None:
    content = (
        "code,kind,name,parent,zone\n"
        "G,group,集团,,\n"
        'bad code,estate,"两行\n名称",G,\n'
        "E1,village,翠苑,G,\n"
        "E2,estate,桂花,G,Mars/Olympus\n"
        "E3,estate,,G,\n"
        "E4,estate,多,G,,extra\n"
    )

    errors = field_errors(import_csv("estates", content))

    assert set(errors) == {"line 3.code", "line 5.kind", "line 6.zone", "line 7.name", "line 8"}
    assert "时区" in errors["line 6.zone"]
    assert rows(nodes) == []


def test_what_is_no_tree_is_refused(tree: None, import_csv: Import) -> None:
    for lines, field in NO_TREES:
        answer = import_csv("estates", f"code,kind,name,parent,zone\n{lines}")
        assert field in field_errors(answer), lines


def test_nobody_writes_outside_his_part_of_the_tree(tree: None, import_csv: Import) -> None:
    east = {"role": "director", "path": "G/EAST"}

    new = import_csv("estates", "code,kind,name,parent\nW9,estate,新,WEST\n", **east)
    foreign = import_csv("estates", "code,kind,name,parent\nW1,estate,改名,WEST\n", **east)
    stolen = import_csv("estates", "code,kind,name,parent\nW1,estate,改名,EAST\n", **east)
    homes = import_csv("households", "estate,unit\nW1,101\n", **east)
    unknown = import_csv("households", "estate,unit\nNOWHERE,101\n", **east)
    own = import_csv("estates", "code,kind,name,parent\nE3,estate,新苑,EAST\n", **east)

    assert set(field_errors(new)) == {"line 2.parent"}
    assert set(field_errors(foreign)) == {"line 2.parent"}
    assert set(field_errors(stolen)) == {"line 2.parent"}
    assert field_errors(homes) == field_errors(unknown)
    assert own.json["created"] == 1


def test_an_estate_that_moves_takes_along_what_stands_below_it(
    tree: None, import_csv: Import, rows: Rows
) -> None:
    import_csv("estates", "code,kind,name,parent\nE1-B1,building,一幢,E1\n")

    import_csv("estates", "code,kind,name,parent\nE1,estate,翠苑花园,WEST\n")

    paths = {row["code"]: row["path"] for row in rows(nodes)}
    assert paths["E1-B1"] == "G/WEST/E1/E1-B1"


def test_households_are_counted_and_their_people_are_told(
    homes: None, database: Database, rows: Rows
) -> None:
    units = {row["unit"]: row["occupied"] for row in rows(households) if row["estate"] == "E1"}
    assert units == {"3-2-501": True, "3-2-502": False, "3-2-503": True}

    estate = [e for e in published(database, "estate.changed") if e.subject == "E1"][-1]
    assert (estate.data["households_total"], estate.data["households_occupied"]) == (3, 2)

    contacts = {e.data["name"]: e.data for e in published(database, "contact.recorded")}
    assert contacts["王芳"]["phone"] == "+8613800138000"
    assert contacts["王芳"]["path"] == "G/EAST/E1"
    assert contacts["John Smith"]["language"] == "en"


def test_households_again_change_only_what_is_different(
    homes: None, import_csv: Import, database: Database, rows: Rows
) -> None:
    before = len(published(database))

    same = import_csv("households", HOMES)
    renamed = import_csv("households", "estate,unit,name,phone\nE1,3-2-501,王芳芳,13800138000\n")

    assert same.json == {"rows": 4, "created": 0, "changed": 0}
    assert renamed.json == {"rows": 1, "created": 0, "changed": 1}
    [event] = published(database)[before:]
    assert (event.name, event.data["name"]) == ("contact.recorded", "王芳芳")
    assert len(rows(parties)) == 3


def test_what_is_no_list_is_refused(tree: None, import_csv: Import) -> None:
    for content, code in NO_LISTS:
        answer = import_csv("households", content)
        assert (answer.status_code, answer.json["code"]) == (422, code), content[:40]


def test_a_list_is_csv_of_bounded_size(
    tree: None, client: FlaskClient, caller: Callable[..., dict[str, str]], import_csv: Import
) -> None:
    as_json = client.post("/api/intake/estates/import", json={}, headers=caller())
    huge = import_csv("households", b"estate,unit\n" + b"E1,1\n" * 2_000_000)
    many = import_csv("households", b"estate,unit\n" + b"E1,1\n" * 50_001)

    assert as_json.status_code == 415
    assert huge.status_code == 413
    assert many.json["code"] == "csv_too_many_rows"


def test_one_node_is_added_once(
    tree: None, client: FlaskClient, caller: Callable[..., dict[str, str]]
) -> None:
    node = {"code": "E3", "kind": "estate", "name": "新苑", "parent": "EAST"}

    first = client.post("/api/intake/estates", json=node, headers=caller())
    second = client.post("/api/intake/estates", json=node, headers=caller())
    orphan = client.post("/api/intake/estates", json={**node, "code": "E4", "parent": "X"}, headers=caller())

    assert (first.status_code, first.json) == (201, {"code": "E3"})
    assert (second.status_code, second.json["code"]) == (409, "code_taken")
    assert set(field_errors(orphan)) == {"parent"}


def test_estates_are_found_by_a_part_of_their_name(tree: None, client: FlaskClient) -> None:
    by_name = client.get("/api/intake/estates?q=翠").json
    by_code = client.get("/api/intake/estates?q=w1").json
    literally = client.get("/api/intake/estates?q=%25").json
    paged = client.get("/api/intake/estates?page=2&page_size=2").json

    assert by_name["items"] == [{"code": "E1", "name": "翠苑花园", "path": "G/EAST/E1"}]
    assert [item["code"] for item in by_code["items"]] == ["W1"]
    assert literally["total"] == 0
    assert (len(paged["items"]), paged["total"]) == (1, 3)
