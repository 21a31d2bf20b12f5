"""Staff over HTTP: appointing, importing, disabling, and what others are told."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.auth.revocation import is_disabled
from services.chassis.database import Database
from services.routing.storage.tables import departments, shifts, work_orders
from services.routing.storage.tables import staff as table
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, registered

STAFF = "/api/routing/staff"
WANTED = {
    "username": "wang.fang",
    "name": "王芳",
    "role": "handler",
    "path": "linli/east/cuihu",
    "department": "engineering",
    "phone": "13800001111",
    "shifts": "Mon-Fri 08:00-17:30; Sat 22:00-06:00",
    "password": "correct horse",
}
CSV = (
    "username,name,role,path,department,shifts,password\n"
    "li.wei,李伟,handler,linli/east/cuihu,security,Mon-Sun 20:00-08:00,\n"
    "head.one,张主管,head,linli/east/cuihu,security,,correct horse\n"
)


def test_a_person_is_appointed_and_others_are_told_without_the_name_on_the_staff_event(
    client: FlaskClient, caller: Caller, told: Published, rows: Rows
) -> None:
    made = client.post(STAFF, json=WANTED, headers=caller())

    assert made.status_code == 201
    assert made.json["shifts"].endswith("Sat 22:00-06:00")
    assert "password" not in made.json
    changed, contact = told("staff.changed")[0], told("contact.recorded")[0]
    assert changed.data == {
        "staff_id": made.json["id"],
        "role": "handler",
        "path": "linli/east/cuihu",
        "disabled": False,
    }
    assert (contact.data["name"], contact.data["phone"]) == ("王芳", "+8613800001111")
    assert rows(table)[0]["password_hash"].startswith("$argon2id$")
    assert len(rows(shifts)) == 6


def test_a_username_belongs_to_one(client: FlaskClient, caller: Caller) -> None:
    client.post(STAFF, json=WANTED, headers=caller())

    assert client.post(STAFF, json=WANTED, headers=caller()).status_code == 409


def test_a_director_appoints_his_own_people_only(client: FlaskClient, caller: Caller, rows: Rows) -> None:
    for changes, status in (
        ({"role": "director"}, 403),
        ({"path": "linli/east/binjiang"}, 422),
        ({"path": "linli"}, 422),
        ({"department": "kitchen"}, 422),
        ({"shifts": "always"}, 422),
        ({"password": "short"}, 422),
        ({"username": "王芳"}, 422),
        ({"role": "king"}, 422),
    ):
        answer = client.post(STAFF, json={**WANTED, **changes}, headers=caller())
        assert answer.status_code == status, changes
    assert rows(table) == []


def test_a_list_is_imported_and_importing_it_again_changes_nobody_twice(
    client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    def send() -> Any:
        return client.post(f"{STAFF}/import", data=CSV, content_type="text/csv", headers=caller())

    assert send().json == {"created": 2, "updated": 0}
    assert send().json == {"created": 0, "updated": 2}
    assert {person["version"] for person in rows(table)} == {2}
    assert next(p for p in rows(table) if p["username"] == "head.one")["password_hash"]


def test_a_bad_list_is_refused_as_a_whole(client: FlaskClient, caller: Caller, rows: Rows) -> None:
    for content in (
        "",
        "username,name\nx,y\n",
        b"\xff\xfe\x00",
        'username,name,role,path\n"x,y\n',
    ):
        answer = client.post(f"{STAFF}/import", data=content, content_type="text/csv", headers=caller())
        assert answer.status_code == 422, content
    assert rows(table) == []


def test_every_faulty_line_is_named(client: FlaskClient, caller: Caller, rows: Rows) -> None:
    def faults(*lines: str) -> set[str]:
        content = "\n".join(["username,name,role,path,department,phone,shifts", *lines])
        answer = client.post(f"{STAFF}/import", data=content, content_type="text/csv", headers=caller())
        assert answer.status_code == 422
        return {error["field"] for error in answer.json["errors"]}

    good = "a,甲,handler,linli/east/cuihu,security,13800001111,"

    unreadable = faults(
        good,
        "b,乙,king,linli/east/cuihu,,,",
        "c,,handler,linli/east/cuihu,,,",
        "d,丁,handler,linli/east/cuihu,,,often",
        "e,戊,handler,linli/east/cuihu,,12,",
    )
    refused = faults(good, "", "f,己,handler,linli/west,,,", "g,庚,handler,linli/east/cuihu,kitchen,,")

    assert unreadable == {"line 3.role", "line 4.name", "line 5.shifts", "line 6.phone"}
    assert refused == {"line 4.path", "line 5.department"}
    assert rows(table) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_lists_come_as_excel_saves_them(
    client: FlaskClient, caller: Caller, rows: Rows, encoding: str
) -> None:
    def send(url: str, content: str) -> Any:
        body = content.encode(encoding)
        return client.post(url, data=body, content_type="text/csv", headers=caller()).json

    people = (
        "账号,姓名,角色,管理范围,部门,手机,班次\n"
        "li.wei,李伟,handler,linli/east/cuihu,security,138 0000 1111,Mon 08:00-17:00\n"
    )
    places = "管理范围,部门编码,部门名称\nlinli/east/cuihu,security,安保部\n"

    assert send(f"{STAFF}/import", people) == {"created": 1, "updated": 0}
    assert send("/api/routing/departments/import", places) == {"created": 1, "updated": 0}
    assert [(row["name"], row["phone"]) for row in rows(table)] == [("李伟", "+8613800001111")]
    assert rows(departments)[0]["name"] == "安保部"


def test_who_is_disabled_is_refused_and_his_open_work_goes_to_others(
    client: FlaskClient,
    caller: Caller,
    tell: Tell,
    staff: dict[str, str],
    database: Database,
    rows: Rows,
    told: Published,
    step_of: Any,
) -> None:
    tell(registered("TS-20261122-AAAAAA"))
    gone = rows(work_orders)[0]["assignee"]

    for _ in range(2):
        answer = client.post(f"{STAFF}/{gone}/disable", headers=caller())
        assert (answer.status_code, answer.json["disabled"]) == (200, True)

    assert [e.data["disabled"] for e in told("staff.changed") if e.subject == gone] == [False, True]
    with database.read() as connection:
        assert is_disabled(connection, gone)
    assert step_of("routing.dispatch")()
    assert rows(work_orders)[0]["assignee"] not in (None, gone)

    client.post(f"{STAFF}/{gone}/enable", headers=caller())
    with database.read() as connection:
        assert not is_disabled(connection, gone)


def test_foreign_staff_are_like_none(client: FlaskClient, caller: Caller, staff: dict[str, str]) -> None:
    mine = staff["security-1"]

    answer = client.post(f"{STAFF}/{mine}/disable", headers=caller(path="linli/east/binjiang"))

    assert answer.status_code == 404
    assert client.get(STAFF, headers=caller(path="linli/east/binjiang")).json["total"] == 0


def test_a_head_sees_his_department(client: FlaskClient, caller: Caller, staff: dict[str, str]) -> None:
    client.post(f"{STAFF}/import", data=CSV, content_type="text/csv", headers=caller())
    everybody = client.get(f"{STAFF}?page_size=100", headers=caller()).json["items"]
    head = next(person["id"] for person in everybody if person["username"] == "head.one")

    seen = client.get(STAFF, headers=caller("head", id=head)).json["items"]

    assert len(everybody) == 12
    assert {person["department"] for person in seen} == {"security"}


def test_departments_are_imported_for_a_subtree(client: FlaskClient, caller: Caller) -> None:
    def send(content: str) -> Any:
        url = "/api/routing/departments/import"
        return client.post(url, data=content, content_type="text/csv", headers=caller())

    good = "path,code,name\nlinli/east/cuihu,security,安保部\n"
    assert send(good).json == {"created": 1, "updated": 0}
    assert send(good).json == {"created": 0, "updated": 1}
    assert send("path,code\nlinli,security\n").status_code == 422
    assert send("path,code\nlinli/east/cuihu,kitchen\n").status_code == 422
    listed = client.get("/api/routing/departments", headers=caller()).json["items"]
    assert listed == [{"path": "linli/east/cuihu", "code": "security", "name": "安保部"}]
