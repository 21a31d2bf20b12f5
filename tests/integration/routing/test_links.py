"""Links between complaints: made from either end, removed with a reason, never in a circle (R60, R69)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.errors import Conflict
from services.chassis.platform import Platform
from services.chassis.testing.clock import DEFAULT_START
from services.contracts.vocabulary import LinkKind
from services.routing.app import rules_of
from services.routing.settings import RoutingSettings
from services.routing.storage.tables import case_links
from services.routing.usecases.link_changes import Decision
from services.routing.usecases.links import Wanted, link
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, registered, withdrawn

A, B, C, D, E = (f"TS-20261122-{letter * 6}" for letter in "ABCDE")

#: Links `first` to `other` as `kind`; returns the answer.
Link = Callable[..., Any]


@pytest.fixture
def link_to(client: FlaskClient, tell: Tell, staff: dict[str, str], caller: Caller) -> Link:
    """Five complaints of five households, an hour after each other, and the way to link them."""
    for place, number in enumerate((A, B, C, D, E)):
        received = DEFAULT_START - timedelta(hours=24 - place)
        tell(
            registered(
                number,
                received_at=received,
                recorded_at=received,
                household_id=f"h{place}",
                party_id=f"p{place}",
            )
        )

    def act(first: str, kind: str, other: str, **headers: str) -> Any:
        return client.post(
            f"/api/routing/complaints/{first}/links",
            json={"kind": kind, "other": other, "reason": "同一件事，电话13800138000"},
            headers=caller(**headers),
        )

    return act


def shown(answer: Any) -> set[tuple[str, str, str]]:
    assert answer.status_code == 200, answer.text
    return {(each["kind"], each["direction"], each["number"]) for each in answer.json["links"]}


def said_of_other(answer: Any) -> str:
    """What is wrong with the field `other`."""
    ((field, message),) = ((error["field"], error["message"]) for error in answer.json["errors"])
    assert field == "other"
    return str(message)


def standing(rows: Rows) -> set[tuple[str, str, str]]:
    return {
        (row["number"], row["kind"], row["other"]) for row in rows(case_links) if row["removed_at"] is None
    }


@pytest.mark.parametrize("kind", ["duplicate_of", "second_complaint_of", "child_of"])
def test_a_link_is_seen_from_both_ends_and_told_once(
    link_to: Link, client: FlaskClient, caller: Caller, told: Published, kind: str
) -> None:
    # When
    answer = link_to(B, kind, A, id="director-1")
    again = link_to(B, kind, A)

    # Then
    assert shown(answer) == shown(again) == {(kind, "to", A)}
    other = client.get(f"/api/routing/complaints/{A}", headers=caller())
    assert shown(other) == {(kind, "from", B)}
    (event,) = told("complaint.linked")
    assert (event.subject, event.data["other"], event.data["kind"]) == (B, A, kind)
    assert (event.data["removed"], event.data["replaces"], event.data["by"]) == (False, None, "director-1")
    for case, direction, end in ((answer, "to", A), (other, "from", B)):
        (entry,) = (each for each in case.json["timeline"] if each["entry"] == "linked")
        assert entry["by"] == "director-1"
        assert entry["text"] == "同一件事，电话***", "who reads a reason reads no number of a person"
        assert entry["details"] == {"kind": kind, "direction": direction, "number": end}


def test_a_link_is_removed_from_either_end_with_a_reason_and_kept_as_a_record(
    link_to: Link, client: FlaskClient, caller: Caller, told: Published, rows: Rows
) -> None:
    # Given
    (link,) = link_to(B, "duplicate_of", A).json["links"]
    removal = f"/api/routing/complaints/{A}/links/{link['id']}/removal"

    # When
    assert client.post(removal, json={}, headers=caller()).status_code == 422
    answer = client.post(removal, json={"reason": "不是同一部电梯"}, headers=caller(id="head-1"))
    again = client.post(removal, json={"reason": "再来一次"}, headers=caller())

    # Then
    assert shown(answer) == shown(again) == set()
    (row,) = rows(case_links)
    assert (row["removed_by"], row["removal_reason"]) == ("head-1", "不是同一部电梯")
    assert [event.data["removed"] for event in told("complaint.linked")] == [False, True]
    assert [entry["entry"] for entry in answer.json["timeline"]][-2:] == ["linked", "unlinked"]

    # And it may be made anew
    assert shown(link_to(B, "duplicate_of", A)) == {("duplicate_of", "to", A)}


def test_links_never_lead_in_a_circle_of_whatever_kinds(link_to: Link) -> None:
    link_to(B, "second_complaint_of", A)
    link_to(C, "child_of", B)

    answer = link_to(A, "duplicate_of", C)

    assert (answer.status_code, answer.json["code"]) == (409, "link_circle")
    assert shown(link_to(C, "duplicate_of", A)) == {("child_of", "to", B), ("duplicate_of", "to", A)}


def test_two_who_close_a_circle_from_its_two_halves_at_once_do_not_both_succeed(
    link_to: Link, database: Database, platform: Platform, settings: RoutingSettings, rows: Rows
) -> None:
    # Given two halves: A to B, and C to D
    link_to(A, "duplicate_of", B)
    link_to(C, "duplicate_of", D)

    rules = rules_of(platform, settings)

    def close(number: str, other: str) -> bool:
        try:
            with database.begin() as work:
                wanted = Wanted(number, LinkKind.DUPLICATE_OF, other)
                link(work, rules, wanted, Decision("x", "x"), scope="")
        except Conflict:
            return False
        return True

    # When
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(close, (B, D), (C, A)))

    # Then
    assert sorted(done) == [False, True]
    assert len(standing(rows)) == 3


@pytest.mark.parametrize("kind", ["duplicate_of", "joined_to"])
def test_the_other_end_must_be_there_for_the_caller(link_to: Link, tell: Tell, kind: str) -> None:
    foreign = "TS-20261122-FFFFFF"
    tell(registered(foreign, estate="binjiang"))

    for other in (foreign, "TS-20261122-ZZZZZZ", "x"):
        answer = link_to(A, kind, other)
        assert (answer.status_code, said_of_other(answer)) == (422, "未找到该编号的投诉。"), other
    answer = link_to(foreign, kind, A)
    assert (answer.status_code, answer.json["code"]) == (404, "complaint_unknown")
    assert link_to(A, kind, A).status_code == 422


def test_who_sees_one_end_only_sees_no_link(
    link_to: Link, tell: Tell, client: FlaskClient, caller: Caller
) -> None:
    # Given a link across estates, made by somebody who stands above both
    foreign = "TS-20261122-FFFFFF"
    tell(registered(foreign, estate="binjiang"))
    made = link_to(A, "duplicate_of", foreign, path="linli/east")
    (link,) = made.json["links"]

    # When, then
    mine = client.get(f"/api/routing/complaints/{A}", headers=caller())
    assert mine.json["links"] == []
    removal = f"/api/routing/complaints/{A}/links/{link['id']}/removal"
    assert client.post(removal, json={"reason": "x"}, headers=caller()).json["code"] == "link_unknown"


def test_r69_a_second_complaint_names_an_earlier_one(link_to: Link) -> None:
    answer = link_to(A, "second_complaint_of", B)

    assert answer.status_code == 422
    assert said_of_other(answer) == "二次投诉只能指向更早的投诉。"


@pytest.mark.parametrize(
    "joins",
    [[(B, A), (C, A), (D, B)], [(C, B), (B, D), (A, D)], [(D, C), (B, A), (A, C)], [(A, B), (C, D), (D, B)]],
)
def test_r60_the_oldest_is_the_master_in_whatever_order_they_are_joined(
    link_to: Link, rows: Rows, client: FlaskClient, caller: Caller, joins: list[tuple[str, str]]
) -> None:
    for first, other in joins:
        assert link_to(first, "joined_to", other).status_code == 200

    assert standing(rows) == {(number, "joined_to", A) for number in (B, C, D)}
    query = f"/api/routing/complaints?joined_to={A}&sort=received_at"
    listed = client.get(query, headers=caller()).json
    assert [item["number"] for item in listed["items"]] == [B, C, D]


def test_a_change_of_master_is_told_as_such(link_to: Link, told: Published) -> None:
    link_to(C, "joined_to", B)
    link_to(D, "joined_to", B)

    link_to(B, "joined_to", A)

    last = [(e.subject, e.data["other"], e.data["replaces"]) for e in told("complaint.linked")[2:]]
    assert sorted(last) == [(B, A, None), (C, A, B), (D, A, B)]


def test_joining_what_is_joined_changes_nothing(link_to: Link, told: Published) -> None:
    link_to(B, "joined_to", A)
    link_to(C, "joined_to", A)
    known = len(told("complaint.linked"))

    for first, other in ((A, B), (B, A), (C, B), (B, C)):
        assert link_to(first, "joined_to", other).status_code == 200

    assert len(told("complaint.linked")) == known


def test_what_is_at_its_end_is_joined_to_nothing(link_to: Link, tell: Tell) -> None:
    tell(withdrawn(B))

    answer = link_to(A, "joined_to", B)

    assert (answer.status_code, answer.json["code"]) == (409, "link_case_ended")
    assert B in answer.json["detail"]
    assert link_to(C, "second_complaint_of", B).status_code == 200


def test_complaints_of_two_estates_are_no_group(link_to: Link, tell: Tell) -> None:
    foreign = "TS-20261122-FFFFFF"
    tell(registered(foreign, estate="binjiang"))

    answer = link_to(A, "joined_to", foreign, path="linli")

    assert said_of_other(answer) == "只有同一小区的投诉可以合并为群体投诉。"
