"""What it means that many households complain about one matter (R60, R71, R72)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.testing.clock import DEFAULT_START
from services.chassis.testing.services import make_event
from services.routing.storage.tables import cases, investigations
from services.routing.usecases.staff import COMMAND_LINE, appoint
from tests.integration.routing.conftest import (
    PATHS,
    Caller,
    Published,
    Rows,
    SetPolicy,
    Tell,
    person,
    registered,
)


def counted(total: int, occupied: int) -> Any:
    """Estate cuihu has so many households, and in so many of them somebody lives."""
    data = {
        "code": "cuihu",
        "name": "翠湖",
        "path": PATHS["cuihu"],
        "zone": "Asia/Shanghai",
        "group": "linli",
        "group_name": "邻里",
        "households_total": total,
        "households_occupied": occupied,
    }
    return make_event("estate.changed", "cuihu", data, source="intake", version=2, estate="cuihu")


def complain(tell: Tell, *households: str | None) -> list[str]:
    """A complaint of each of these households, an hour after each other; returns the numbers."""
    numbers = [f"TS-{place}" for place in range(len(households))]
    for place, (number, household) in enumerate(zip(numbers, households, strict=True)):
        received = DEFAULT_START - timedelta(hours=48 - place)
        tell(registered(number, received_at=received, recorded_at=received, household_id=household))
    return numbers


@pytest.fixture
def join(client: FlaskClient, caller: Caller) -> Any:
    """A function that joins a complaint to another, and gives the master as it is then."""

    def act(number: str, other: str) -> Any:
        body = {"kind": "joined_to", "other": other, "reason": "同一件事"}
        answer = client.post(f"/api/routing/complaints/{number}/links", json=body, headers=caller())
        assert answer.status_code == 200, answer.text
        masters = [link["number"] for link in answer.json["links"] if link["direction"] == "to"]
        (master,) = masters or [number]
        return client.get(f"/api/routing/complaints/{master}", headers=caller()).json

    return act


def test_r71_more_than_half_of_the_occupied_households_start_an_investigation(tell: Tell, join: Any) -> None:
    # Given six households that are lived in, of ten
    tell(counted(10, 6))
    numbers = complain(tell, "h0", "h1", "h1", "h2", "h3")

    # When three of them, one twice, have complained, it is half
    for number in numbers[1:4]:
        master = join(number, numbers[0])
    assert master["investigation"] is None

    # Then the fourth makes it more
    master = join(numbers[4], numbers[0])
    assert {key: master["investigation"][key] for key in ("role", "households", "of_estate")} == {
        "role": "director",
        "households": 4,
        "of_estate": 6,
    }
    assert [entry["entry"] for entry in master["timeline"]].count("investigation") == 1


def test_r71_where_nobody_knows_who_is_at_home_all_households_count(tell: Tell, join: Any) -> None:
    tell(counted(3, 0))
    first, second = complain(tell, "h0", "h1")

    assert join(second, first)["investigation"]["of_estate"] == 3


def test_r71_an_estate_without_households_is_never_half_full(tell: Tell, join: Any) -> None:
    tell(counted(0, 0))
    first, second = complain(tell, "h0", "h1")

    assert join(second, first)["investigation"] is None


def test_r72_an_investigation_goes_with_the_group_to_its_new_master(
    tell: Tell, join: Any, rows: Rows
) -> None:
    # Given a group under investigation
    tell(counted(3, 3))
    oldest, first, second = complain(tell, "h0", "h1", "h2")
    assert join(second, first)["investigation"]["households"] == 2

    # When an older complaint is joined
    master = join(second, oldest)

    # Then there is one investigation, into the same matter
    (row,) = rows(investigations)
    assert (master["number"], row["number"], row["households"]) == (oldest, oldest, 2)


def test_r72_who_leads_the_investigation_is_told_once_and_looks_on(
    tell: Tell, join: Any, told: Published, database: Database
) -> None:
    # Given a director of the estate, and one of the region
    with database.begin() as work:
        chief = appoint(work, COMMAND_LINE, person("chief", None, role="director"), "zh")
        appoint(work, COMMAND_LINE, person("region", None, role="director", path="linli/east"), "zh")
    tell(counted(3, 3))
    first, second, third = complain(tell, "h0", "h1", "h2")

    # When more than half have complained, and then all
    join(second, first)
    master = join(third, first)

    # Then the nearest is told of it
    [event] = told("complaint.escalated")
    assert {name: event.data[name] for name in ("cause", "receivers", "action", "reason")} == {
        "cause": "investigation",
        "receivers": [chief],
        "action": "add",
        "reason": "2/3",
    }
    assert master["observers"] == [chief]


@pytest.fixture
def close(client: FlaskClient, caller: Caller) -> Any:
    """A function that asks for a case to be closed and has a second person consent; returns the answer to the first."""

    def act(number: str, **members: str) -> Any:
        path = f"/api/routing/complaints/{number}"
        body = {"reason": "电梯已更换", "members": members}
        asked = client.post(f"{path}/close", json=body, headers=caller(id="first"))
        if asked.status_code == 200:
            granted = client.post(
                f"{path}/close-approval",
                json={"decision": "grant", "reason": "同意"},
                headers=caller(id="second"),
            )
            assert granted.status_code == 200, granted.text
        return asked

    return act


def statuses(rows: Rows) -> list[str]:
    return [case["status"] for case in sorted(rows(cases), key=lambda case: case["number"])]


def test_closing_a_master_asks_what_becomes_of_its_members(
    tell: Tell, staff: dict[str, str], join: Any, close: Any, rows: Rows
) -> None:
    master, member, _ = complain(tell, "h0", "h1", "h2")
    join(member, master)

    answer = close(master)

    (error,) = answer.json["errors"]
    assert (answer.status_code, error["field"]) == (422, "members.joined_to")
    assert "closed" not in statuses(rows)


@pytest.mark.parametrize(
    ("members", "after"),
    [("close", ["closed", "closed", "assigned"]), ("keep", ["closed", "assigned", "assigned"])],
)
def test_members_are_closed_with_their_master_or_kept(
    tell: Tell, staff: dict[str, str], join: Any, close: Any, rows: Rows, members: str, after: list[str]
) -> None:
    master, member, _ = complain(tell, "h0", "h1", "h2")
    join(member, master)

    assert close(master, joined_to=members).status_code == 200

    assert statuses(rows) == after


def test_a_member_closed_alone_leaves_its_master_open(
    tell: Tell, staff: dict[str, str], join: Any, close: Any, rows: Rows
) -> None:
    master, member = complain(tell, "h0", "h1")
    join(member, master)

    assert close(member).status_code == 200

    assert statuses(rows) == ["assigned", "closed"]


def severities(rows: Rows) -> dict[str, str]:
    return {case["number"]: case["severity"] for case in rows(cases)}


def test_r60_three_households_make_master_and_members_major(tell: Tell, join: Any, rows: Rows) -> None:
    # Given two households, one of which complains twice
    numbers = complain(tell, "h0", "h1", "h1", "h2", "h3")
    master = numbers[0]
    join(numbers[1], master)
    join(numbers[2], master)
    assert set(severities(rows).values()) == {"minor"}

    # When a third is joined
    join(numbers[3], master)

    # Then all four are major, and who comes later is too
    assert severities(rows) == {**dict.fromkeys(numbers[:4], "major"), numbers[4]: "minor"}
    join(numbers[4], master)
    assert set(severities(rows).values()) == {"major"}


def test_r60_how_many_make_a_group_is_for_the_policy_to_say(
    tell: Tell, join: Any, rows: Rows, set_policy: SetPolicy
) -> None:
    set_policy({"grading": {"group_households": 2}})
    first, second = complain(tell, "h0", "h1")

    join(second, first)

    assert set(severities(rows).values()) == {"major"}


def test_r69_a_second_complaint_is_important(
    tell: Tell, client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    first, second = complain(tell, "h0", "h0")
    body = {"kind": "second_complaint_of", "other": first, "reason": "不满意上次的处理"}

    client.post(f"/api/routing/complaints/{second}/links", json=body, headers=caller())

    assert severities(rows) == {first: "minor", second: "important"}
