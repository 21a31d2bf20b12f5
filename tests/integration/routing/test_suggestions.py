"""New complaints are compared with others beside the registration, and people decide (R60, R69)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.routing.storage.tables import case_links, comparisons
from services.routing.storage.tables import suggestions as table
from services.routing.usecases import suggestions
from tests.integration.routing.conftest import Caller, Published, Rows, SetPolicy, Tell, registered, withdrawn

LIFT = "3栋电梯坏了两天，一直没有人来修。"

Step = Callable[[], bool]


def complaint(name: str, hours: float, text: str = LIFT, **others: Any) -> Event:
    """A complaint of a household of its own, received so many hours before the test's clock starts."""
    received = DEFAULT_START - timedelta(hours=hours)
    known = {"household_id": f"h-{name}", "received_at": received, "recorded_at": received, **others}
    return registered(f"TS-{name}", text=text, **known)


@pytest.fixture
def compare(step_of: Callable[[str], Step]) -> Step:
    """The step of the loop that compares."""
    return step_of("routing.compare")


def found(rows: Rows) -> set[tuple[str, str, str]]:
    return {(row["number"], row["kind"], row["other"]) for row in rows(table)}


def linked(rows: Rows) -> set[tuple[str, str, str]]:
    return {
        (row["number"], row["kind"], row["other"]) for row in rows(case_links) if row["removed_at"] is None
    }


@pytest.mark.parametrize("order", list(itertools.permutations("ABC")))
def test_what_is_alike_is_suggested_once_whatever_the_order_of_registration(
    tell: Tell, compare: Step, rows: Rows, order: tuple[str, ...]
) -> None:
    made = {
        "A": complaint("A", 9),
        "B": complaint("B", 5, household_id="h-A", text="电梯坏了两天，没有人来修"),
        "C": complaint("C", 3, text="3栋的电梯又停了，两天没有人修"),
    }

    for name in order:
        tell(made[name])
        assert compare()
        assert not compare()

    assert found(rows) == {
        ("TS-B", "duplicate_of", "TS-A"),
        ("TS-C", "joined_to", "TS-A"),
        ("TS-C", "joined_to", "TS-B"),
    }
    assert rows(comparisons) == []


@pytest.mark.parametrize(
    "other",
    [
        {"estate": "binjiang"},
        {"text": "垃圾没有人清理"},
        {"hours": 24 * 14 + 6},
        {"mode": "historical"},
    ],
    ids=["another estate", "another category", "long ago", "of the past"],
)
def test_only_what_is_of_one_estate_category_and_time_is_compared(
    tell: Tell, compare: Step, rows: Rows, other: dict[str, Any]
) -> None:
    tell(complaint("A", **{"hours": 9, **other}), complaint("B", 5))

    assert compare()

    assert found(rows) == set()


def test_who_dies_while_comparing_loses_and_doubles_nothing(
    tell: Tell, compare: Step, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    tell(complaint("A", 9), complaint("B", 5))
    with monkeypatch.context() as patched:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(suggestions.comparisons, "done", killed)
        with pytest.raises(KeyboardInterrupt):
            compare()
    assert (len(rows(comparisons)), found(rows)) == (2, set())

    # When
    assert compare()

    # Then
    assert found(rows) == {("TS-B", "joined_to", "TS-A")}


def test_two_workers_take_different_cases(
    tell: Tell, compare: Step, database: Database, rows: Rows, clock: ManualClock
) -> None:
    tell(*(complaint(f"{n}", n) for n in range(5)))
    with database.begin() as work:
        held = suggestions.comparisons.take(work.connection, clock.now(), 2)

        assert compare()

        assert {row["number"] for row in rows(comparisons)} == {case.number for case in held}
    assert compare()
    assert rows(comparisons) == []


def test_a_person_sees_why_and_confirms(
    tell: Tell, compare: Step, client: FlaskClient, caller: Caller, rows: Rows, told: Published
) -> None:
    # Given
    tell(complaint("A", 9, location="3栋"), complaint("B", 5, location="3 栋 1 单元"), complaint("C", 1))
    compare()
    path = "/api/routing/complaints/TS-A/suggestions"

    # When
    best, second = client.get(path, headers=caller()).json["items"]
    assert {(item["number"], item["direction"], item["kind"]) for item in (best, second)} == {
        ("TS-B", "from", "joined_to"),
        ("TS-C", "from", "joined_to"),
    }
    assert best["score"] >= second["score"]
    assert best["reasons"] == {"text": 1.0, "place": "building", "hours": 4.0}
    assert client.get(path, headers=caller(path="linli/east/binjiang")).status_code == 404

    confirmed = client.post(f"{path}/TS-B/confirm", json={"reason": "都是电梯"}, headers=caller(id="d-1"))
    again = client.post(f"{path}/TS-B/confirm", json={}, headers=caller())

    # Then
    assert (confirmed.status_code, again.status_code) == (200, 200)
    assert linked(rows) == {("TS-B", "joined_to", "TS-A")}
    assert [event.data["by"] for event in told("complaint.linked")] == ["d-1"]
    assert [item["number"] for item in client.get(path, headers=caller()).json["items"]] == ["TS-C"]
    other_way = client.post(f"{path}/TS-B/dismiss", json={}, headers=caller())
    assert (other_way.status_code, other_way.json["code"]) == (409, "suggestion_decided")


def test_what_was_dismissed_is_not_suggested_again(
    tell: Tell,
    compare: Step,
    client: FlaskClient,
    caller: Caller,
    database: Database,
    clock: ManualClock,
    rows: Rows,
) -> None:
    # Given
    tell(complaint("A", 9), complaint("B", 5))
    compare()
    path = "/api/routing/complaints/TS-B/suggestions"
    assert (
        client.post(f"{path}/TS-A/dismiss", json={"reason": "两部电梯"}, headers=caller()).status_code == 200
    )

    # When
    with database.begin() as work:
        suggestions.comparisons.again(work.connection, "TS-B", clock.now())
    assert compare()

    # Then
    assert client.get(path, headers=caller()).json["items"] == []
    (row,) = rows(table)
    assert (row["status"], row["decision_reason"]) == ("dismissed", "两部电梯")
    assert linked(rows) == set()


def test_what_is_not_suggested_is_not_confirmed(tell: Tell, client: FlaskClient, caller: Caller) -> None:
    tell(complaint("A", 9), complaint("B", 5))

    for other in ("TS-B", "TS-Z", "a%00b"):
        answer = client.post(
            f"/api/routing/complaints/TS-A/suggestions/{other}/confirm", json={}, headers=caller()
        )
        assert answer.status_code == 404, answer.text


def test_a_policy_may_join_a_group_unasked_once_it_is_one(
    tell: Tell, compare: Step, rows: Rows, set_policy: SetPolicy, told: Published
) -> None:
    # Given
    set_policy({"matters": {"join_unasked": True}}, "linli/east")

    # When two households complain, one of them twice
    tell(complaint("A", 9), complaint("B", 5), complaint("B2", 4, household_id="h-B"))
    compare()
    assert linked(rows) == set(), "two households are no group (R60)"
    tell(complaint("C", 3))
    compare()

    # Then the third makes them one
    assert linked(rows) == {(f"TS-{name}", "joined_to", "TS-A") for name in ("B", "B2", "C")}
    assert {event.data["by"] for event in told("complaint.linked")} == {None}


def test_what_ended_is_not_joined_unasked(
    tell: Tell, compare: Step, rows: Rows, set_policy: SetPolicy
) -> None:
    set_policy({"matters": {"join_unasked": True}}, "linli/east")
    tell(complaint("A", 9), complaint("B", 5), complaint("C", 3), complaint("D", 2))
    tell(withdrawn("TS-A"))

    compare()

    assert linked(rows) == {(f"TS-{name}", "joined_to", "TS-B") for name in "CD"}


@pytest.mark.parametrize(
    ("who", "linked_by"),
    [
        ({"household_id": "h-A"}, (None,)),
        ({"party_id": "party-TS-A"}, (None,)),
        ({"receiver": "s-1"}, ("s-1",)),
    ],
    ids=["the household", "the person", "staff"],
)
def test_r69_a_second_complaint_that_is_named_is_linked(
    tell: Tell, compare: Step, rows: Rows, who: dict[str, Any], linked_by: tuple[str | None, ...]
) -> None:
    tell(complaint("A", 90), complaint("B", 5, text="上次的处理敷衍了事", unhappy_with="TS-A", **who))

    assert compare()

    assert linked(rows) == {("TS-B", "second_complaint_of", "TS-A")}
    assert tuple(row["by"] for row in rows(case_links)) == linked_by


def test_r69_anybody_elses_word_is_a_suggestion(
    tell: Tell, compare: Step, rows: Rows, client: FlaskClient, caller: Caller
) -> None:
    # Given
    tell(complaint("A", 90), complaint("B", 5, text="上次的处理敷衍了事", unhappy_with="TS-A"))
    assert compare()
    assert linked(rows) == set()

    # When
    path = "/api/routing/complaints/TS-B/suggestions"
    (item,) = client.get(path, headers=caller()).json["items"]
    assert (item["kind"], item["reasons"]) == ("second_complaint_of", {"said": True})
    assert client.post(f"{path}/TS-A/confirm", json={}, headers=caller()).status_code == 200

    # Then
    assert linked(rows) == {("TS-B", "second_complaint_of", "TS-A")}


def test_r69_the_earlier_complaint_may_come_later_or_never(
    tell: Tell, compare: Step, rows: Rows, clock: ManualClock
) -> None:
    # Given two that name complaints nobody knows yet
    named = {"household_id": "h-A", "text": "上次的处理敷衍了事"}
    tell(complaint("B", 5, unhappy_with="TS-A", **named), complaint("C", 5, unhappy_with="TS-Z", **named))
    assert compare()
    assert not compare(), "they wait for their turn"

    # When one of these comes
    tell(complaint("A", 90))
    clock.advance(minutes=1)
    assert compare()

    # Then
    assert linked(rows) == {("TS-B", "second_complaint_of", "TS-A")}
    assert [row["number"] for row in rows(comparisons)] == ["TS-C"]
    clock.advance(hours=24)
    compare()
    assert rows(comparisons) == []


def test_r69_a_complaint_does_not_name_a_later_one(tell: Tell, compare: Step, rows: Rows) -> None:
    tell(complaint("A", 5), complaint("B", 90, household_id="h-A", unhappy_with="TS-A", text="保洁不到位"))

    assert compare()

    assert (linked(rows), found(rows)) == (set(), set())
