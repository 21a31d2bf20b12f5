"""Who complains: found again by telephone, name and unit, told of once, and nobody at all when anonymous."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table

from services.chassis.database import Database
from services.chassis.testing.services import published
from services.intake.storage.tables import complaints, households, parties

Complain = Callable[..., Any]
Caller = Callable[..., dict[str, str]]
Rows = Callable[[Table], list[Any]]

pytestmark = pytest.mark.usefixtures("homes")


def registered(database: Database) -> list[Any]:
    return published(database, "complaint.registered")


def test_a_known_telephone_finds_person_and_household(
    complain: Complain, database: Database, rows: Rows
) -> None:
    before = len(published(database, "contact.recorded"))

    complain(reporter={"phone": "+86 138-0013-8000"})

    [event] = registered(database)
    party = next(row for row in rows(parties) if row["name"] == "王芳")
    assert event.data["party_id"] == party["id"]
    assert event.data["household_id"] == party["household_id"]
    assert len(published(database, "contact.recorded")) == before


def test_what_is_known_of_a_person_is_completed_and_never_overwritten(
    complain: Complain, database: Database
) -> None:
    complain(reporter={"phone": "13800138000", "name": "冒名", "email": "wang@example.com"})

    told = published(database, "contact.recorded")[-1].data
    assert (told["name"], told["email"]) == ("王芳", "wang@example.com")


def test_a_new_telephone_is_a_new_person_told_of_once(complain: Complain, database: Database) -> None:
    reporter = {"phone": "13700137000", "name": "赵六", "unit": "5幢1单元101室"}

    complain(reporter=reporter)
    complain(reporter=reporter)

    first, second = registered(database)
    assert first.data["party_id"] == second.data["party_id"]
    assert first.data["household_id"] == second.data["household_id"]
    told = [e for e in published(database, "contact.recorded") if e.data["phone"] == "+8613700137000"]
    assert len(told) == 1


def test_the_same_telephone_elsewhere_is_another_person(complain: Complain, database: Database) -> None:
    complain(reporter={"phone": "13700137000"})
    complain(reporter={"phone": "13700137000"}, estate="W1")

    first, second = registered(database)
    assert first.data["party_id"] != second.data["party_id"]


def test_a_unit_written_any_way_is_one_household(complain: Complain, database: Database, rows: Rows) -> None:
    for unit in ("3栋2单元501室", "3-2-501", "３幢二单元５０１", " 3号楼2单元0501 "):
        complain(reporter={"unit": unit})

    known = next(row["id"] for row in rows(households) if row["unit"] == "3-2-501")
    told = {(event.data["household_id"], event.data["party_id"]) for event in registered(database)}
    assert told == {(known, None)}


def test_name_and_unit_find_the_listed_person(complain: Complain, database: Database, rows: Rows) -> None:
    complain(reporter={"unit": "3-2-501", "name": "王芳"})

    [event] = registered(database)
    assert event.data["party_id"] == next(row["id"] for row in rows(parties) if row["name"] == "王芳")


def test_an_unknown_unit_is_kept_as_provisional_and_not_counted(
    complain: Complain, rows: Rows, database: Database
) -> None:
    before = len(published(database, "estate.changed"))

    complain(reporter={"unit": "99栋101"})

    made = next(row for row in rows(households) if row["unit"] == "99-101")
    assert made["provisional"] is True
    assert len(published(database, "estate.changed")) == before


def test_an_anonymous_complaint_keeps_no_trace_of_who_made_it(
    complain: Complain, database: Database, rows: Rows
) -> None:
    people = len(rows(parties))

    complain(
        anonymous=True,
        text="保安态度差,13600136000",
        reporter={"name": "赵六", "phone": "13600136000", "unit": "3-2-501"},
    )

    [event], [row] = registered(database), rows(complaints)
    assert (event.data["party_id"], event.data["household_id"]) == (None, None)
    assert row["text"] == "保安态度差,***"
    assert len(rows(parties)) == people


def test_complaints_at_the_same_moment_are_of_one_person(app: Flask, database: Database) -> None:
    together = threading.Barrier(4)
    body = {
        "estate": "E1",
        "channel": "web",
        "text": "水管爆了",
        "reporter": {"phone": "13700137000", "unit": "8-1-801", "name": "钱七"},
    }

    def make(_: int) -> int:
        together.wait()
        return app.test_client().post("/api/intake/complaints", json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(make, range(4)))

    assert statuses == [201] * 4
    assert len({event.data["party_id"] for event in registered(database)}) == 1
    assert len({event.data["household_id"] for event in registered(database)}) == 1
