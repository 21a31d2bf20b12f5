"""Residents follow their complaints: progress by number, acts by claim code, listing by staff, erasure."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, event

from services.chassis.auth.revocation import is_disabled
from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.chassis.testing.services import deliver, make_event, published
from services.intake.handlers import HANDLERS
from services.intake.storage.tables import case_states, complaints, parties, supplements, timeline

Complain = Callable[..., Any]
Caller = Callable[..., dict[str, str]]
Rows = Callable[[Table], list[Any]]
Receipt = dict[str, Any]

pytestmark = pytest.mark.usefixtures("homes")


@pytest.fixture
def receipt(complain: Complain) -> Receipt:
    """What a known resident got for his complaint."""
    answer = complain(text="电梯坏了,13800138000", reporter={"phone": "13800138000"})
    return dict(answer.json)


@pytest.fixture
def act(client: FlaskClient, receipt: Receipt) -> Callable[..., Any]:
    """A function `(what, **body)` that acts on the complaint of the receipt."""

    def send(what: str, code: str | None = None, key: str | None = None, **body: Any) -> Any:
        return client.post(
            f"/api/intake/complaints/{receipt['number']}/{what}",
            json={"claim_code": code or receipt["claim_code"], **body},
            headers={"Idempotency-Key": key} if key else {},
        )

    return send


def case_event(number: str, name: str, version: int, **data: Any) -> Event:
    at = DEFAULT_START + timedelta(minutes=version)
    common = {"number": number, "at": at, "by": "zhang", "work_order_id": "w1", "round": 1}
    extra = {
        "workorder.assigned": {"department": "repairs", "assignee": "zhang"},
        "complaint.answered": {"text": "马上到,13900139000"},
        "complaint.resolved": {"result": "已修好"},
        "complaint.closed": {"closed_as": "satisfied"},
        "complaint.reopened": {"cause": "rating"},
    }.get(name, {})
    return make_event(name, number, {**common, **extra, **data}, source="routing", version=version)


def a_life(number: str) -> list[Event]:
    """Assigned, worked on, resolved, reopened, resolved again, closed."""
    names = [
        "workorder.assigned",
        "workorder.accepted",
        "complaint.answered",
        "workorder.progressed",
        "workorder.resolved",
        "workorder.signed_off",
        "complaint.resolved",
        "complaint.reopened",
        "workorder.assigned",
        "complaint.resolved",
        "complaint.closed",
    ]
    return [case_event(number, name, version) for version, name in enumerate(names, 1)]


def test_progress_tells_status_and_what_happened_without_personal_data(
    client: FlaskClient, receipt: Receipt, database: Database
) -> None:
    number = receipt["number"]
    deliver(database, HANDLERS, *a_life(number)[:3])

    told = client.get(f"/api/intake/complaints/{number}").json
    english = client.get(f"/api/intake/complaints/{number}", headers={"Accept-Language": "en"}).json

    assert (told["status"], told["status_text"]) == ("in_progress", "处理中")
    assert [entry["what"] for entry in told["timeline"]] == ["received", "assigned", "accepted", "answered"]
    assert told["timeline"][-1]["note"] == "马上到,***"
    assert english["timeline"][0]["text"] == "Your complaint was registered"
    assert "13800138000" not in str(told)
    assert "王芳" not in str(told)


def test_residents_see_progress_of_what_was_given_to_others_and_nothing_else_of_it(
    client: FlaskClient, receipt: Receipt, database: Database
) -> None:
    """R100: parts of a work order move neither status nor steps of the complaint."""
    number = receipt["number"]
    own = a_life(number)[:2]
    steps = ("assigned", "accepted", "progressed", "resolved", "signed_off")
    parts = [
        case_event(number, f"workorder.{name}", version, parent="w1", work_order_id="w2")
        for version, name in enumerate(steps, 3)
    ]

    deliver(database, HANDLERS, *own, *parts)

    told = client.get(f"/api/intake/complaints/{number}").json
    assert [entry["what"] for entry in told["timeline"]] == ["received", "assigned", "accepted", "progressed"]
    assert told["status"] == "in_progress"


def proposed(number: str, status: str, version: int) -> Event:
    data = {
        "number": number,
        "proposal_id": "p1",
        "status": status,
        "result": "更换门机",
        "commitment": "质保一年，电话 13800138000",
        "done_by": datetime(2026, 11, 30, 10, 0, tzinfo=UTC),
        "zone": "Asia/Shanghai",
        "by": "zhang",
        "at": DEFAULT_START,
    }
    return make_event("complaint.proposed", number, data, source="routing", version=version)


@pytest.mark.parametrize(
    ("status", "words"),
    [("agreed", "您已同意处理方案"), ("declined", "您未同意处理方案，我们将另行提出")],
)
def test_residents_read_what_is_proposed_in_the_time_of_their_estate_and_that_their_answer_was_noted(
    client: FlaskClient, receipt: Receipt, database: Database, status: str, words: str
) -> None:
    """R111, R112."""
    number = receipt["number"]

    deliver(database, HANDLERS, proposed(number, "proposed", 1), proposed(number, status, 2))

    offer, answer = client.get(f"/api/intake/complaints/{number}").json["timeline"][-2:]
    assert (offer["text"], offer["note"]) == (
        "处理方案（处理结果、完成时间、承诺）",
        "更换门机\n2026-11-30 18:00\n质保一年，电话 ***",
    )
    assert (answer["text"], answer["note"]) == (words, None)


def linked(
    number: str, kind: str, version: int, *, removed: bool = False, replaces: str | None = None
) -> Event:
    data = {"number": number, "other": "TS-20261122-OTHER2", "kind": kind, "removed": removed}
    data |= {"replaces": replaces, "by": "zhang", "reason": "同一件事", "at": DEFAULT_START}
    return make_event("complaint.linked", number, data, source="routing", version=version)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("joined_to", ["joined", "separated"]),
        ("duplicate_of", ["joined", "separated"]),
        ("second_complaint_of", ["second_complaint"]),
        ("child_of", []),
    ],
)
def test_r60_residents_read_that_their_complaint_was_joined_to_others_and_of_nobody_whose(
    client: FlaskClient, receipt: Receipt, database: Database, kind: str, words: list[str]
) -> None:
    number = receipt["number"]
    news = (
        linked(number, kind, 1),
        linked(number, kind, 2, replaces="TS-20261122-OLDER2"),
        linked(number, kind, 3, removed=True),
    )

    deliver(database, HANDLERS, *news, *news)

    told = client.get(f"/api/intake/complaints/{number}")
    assert sorted(entry["what"] for entry in told.json["timeline"]) == sorted(["received", *words])
    assert told.json["status"] == "received"
    assert "OTHER2" not in told.text
    assert "zhang" not in told.text
    assert "同一件事" not in told.text


def test_progress_is_the_same_in_whatever_order_events_come(
    receipt: Receipt, database: Database, rows: Rows
) -> None:
    events = a_life(receipt["number"])

    states = []
    for seed in range(4):
        shuffled = random.Random(seed).sample(events, len(events))
        for batch in itertools.batched(shuffled, 3) if hasattr(itertools, "batched") else [shuffled]:
            deliver(database, HANDLERS, *batch)
        deliver(database, HANDLERS, *shuffled)
        states.append((rows(case_states), len(rows(timeline))))
        with database.begin() as work:
            for table in ("case_states", "timeline", "inbox"):
                work.connection.exec_driver_sql(f"DELETE FROM {table}")

    assert all(state == states[0] for state in states)
    assert states[0][0][0]["status"] == "closed"
    assert states[0][1] == len(events)


def test_an_invalid_complaint_shows_its_explanation_and_is_at_its_end(
    act: Callable[..., Any], client: FlaskClient, receipt: Receipt, database: Database
) -> None:
    """R48, R52: the complainant reads why, in whatever order the news come."""
    number = receipt["number"]
    found = {
        "verdict": "invalid",
        "reasons": ["other"],
        "status": "invalid",
        "explanation": "电话 13900139000",
    }
    closed = case_event(number, "complaint.closed", 3, closed_as="invalid")
    deliver(database, HANDLERS, closed)
    deliver(database, HANDLERS, case_event(number, "complaint.verified", 2, **found))
    deliver(database, HANDLERS, case_event(number, "workorder.assigned", 1))

    told = client.get(f"/api/intake/complaints/{number}").json

    assert (told["status"], told["status_text"]) == ("invalid", "经核实不属于有效投诉")
    explained = [entry for entry in told["timeline"] if entry["what"] == "found_invalid"]
    assert [entry["note"] for entry in explained] == ["电话 ***"]
    assert act("withdrawal").json["code"] == "complaint_closed"
    assert act("rating", satisfaction="dissatisfied").status_code == 409


def test_a_verification_moves_what_waits_and_leaves_what_is_under_way_where_it_is(
    client: FlaskClient, receipt: Receipt, database: Database
) -> None:
    number = receipt["number"]
    found = {"verdict": "valid", "reasons": ["own_fault"], "by": "s"}

    deliver(database, HANDLERS, case_event(number, "complaint.verified", 1, status="verified", **found))
    assert client.get(f"/api/intake/complaints/{number}").json["status"] == "verified"

    later = [
        case_event(number, "workorder.accepted", 2),
        case_event(number, "complaint.verified", 3, status="in_progress", **found),
    ]
    deliver(database, HANDLERS, *reversed(later))
    assert client.get(f"/api/intake/complaints/{number}").json["status"] == "in_progress"


def test_many_events_take_as_many_statements_as_few(complain: Complain, database: Database) -> None:
    numbers = [complain().json["number"] for _ in range(30)]
    statements: list[str] = []

    def count(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        deliver(database, HANDLERS, case_event(numbers[0], "workorder.assigned", 1))
        few = len(statements)
        deliver(database, HANDLERS, *(case_event(n, "workorder.assigned", 1) for n in numbers[1:]))
    finally:
        event.remove(Engine, "before_cursor_execute", count)

    assert len(statements) == 2 * few


def test_unknown_and_impossible_numbers_are_not_found(client: FlaskClient) -> None:
    unknown = client.get("/api/intake/complaints/TS-20261122-ABCDEF")
    impossible = client.get("/api/intake/complaints/TS-1")

    assert (unknown.status_code, impossible.status_code) == (404, 404)
    assert unknown.json["code"] == impossible.json["code"] == "complaint_unknown"


def test_a_number_is_looked_at_120_times_a_minute(
    client: FlaskClient, receipt: Receipt, clock: ManualClock
) -> None:
    path = f"/api/intake/complaints/{receipt['number'].lower()}"
    statuses = [client.get(path).status_code for _ in range(121)]

    clock.advance(minutes=1)

    assert statuses == [200] * 120 + [429]
    assert client.get(path).status_code == 200


def test_a_supplement_is_kept_and_told_masked(
    act: Callable[..., Any], receipt: Receipt, database: Database, rows: Rows
) -> None:
    answer = act("supplements", text="还有异响,打 13800138000")

    assert (answer.status_code, answer.json) == (201, {"number": receipt["number"], "status": "received"})
    assert rows(supplements)[0]["text"] == "还有异响,打 13800138000"
    [told] = published(database, "complaint.supplemented")
    assert (told.data["text"], told.version) == ("还有异响,打 ***", 2)


def test_without_the_claim_code_nothing_is_written_and_guessing_ends_soon(
    act: Callable[..., Any], client: FlaskClient, rows: Rows, receipt: Receipt, clock: ManualClock
) -> None:
    guesses = [act("withdrawal", code="AAAA-BBBB-CCCC").status_code for _ in range(12)]
    right = act("withdrawal").status_code

    assert guesses == [403] * 10 + [429] * 2
    assert right == 429
    clock.advance(minutes=1)
    assert act("withdrawal", code=receipt["claim_code"].lower().replace("-", " ")).status_code == 200
    missing = client.post(f"/api/intake/complaints/{receipt['number']}/withdrawal", json={})
    assert missing.status_code == 422


def test_a_withdrawal_is_final(
    act: Callable[..., Any], client: FlaskClient, receipt: Receipt, database: Database
) -> None:
    first = act("withdrawal", reason="已解决")
    again = act("withdrawal")
    more = act("supplements", text="等等")
    deliver(database, HANDLERS, *a_life(receipt["number"]))

    assert (first.status_code, first.json["status"]) == (200, "withdrawn")
    assert (again.status_code, again.json["code"]) == (409, "complaint_withdrawn")
    assert more.status_code == 409
    assert client.get(f"/api/intake/complaints/{receipt['number']}").json["status"] == "withdrawn"
    assert len(published(database, "complaint.withdrawn")) == 1


def test_a_closed_complaint_is_not_withdrawn(
    act: Callable[..., Any], receipt: Receipt, database: Database
) -> None:
    deliver(database, HANDLERS, *a_life(receipt["number"]))

    assert act("withdrawal").json["code"] == "complaint_closed"


def test_a_result_is_rated_when_there_is_one(
    act: Callable[..., Any], receipt: Receipt, database: Database
) -> None:
    early = act("rating", satisfaction="satisfied")
    deliver(database, HANDLERS, *a_life(receipt["number"])[:7])
    wrong = act("rating", satisfaction="delighted")
    rated = act("rating", satisfaction="dissatisfied", comment="又坏了")

    assert (early.status_code, early.json["code"]) == (409, "complaint_not_resolved")
    assert wrong.status_code == 422
    assert (rated.status_code, rated.json["status"]) == (201, "resolved")
    [told] = published(database, "complaint.rated")
    assert (told.data["satisfaction"], told.data["comment"]) == ("dissatisfied", "又坏了")


def test_an_act_with_a_key_is_done_once(act: Callable[..., Any], rows: Rows) -> None:
    first = act("supplements", key="k-1", text="还有异响")
    again = act("supplements", key="k-1", text="还有异响")
    other = act("supplements", key="k-1", text="别的")

    assert first.json == again.json
    assert len(rows(supplements)) == 1
    assert other.status_code == 422


def test_staff_lists_its_own_part_of_the_tree(
    client: FlaskClient, complain: Complain, caller: Caller, receipt: Receipt, database: Database
) -> None:
    west = complain(estate="W1").json["number"]
    deliver(database, HANDLERS, case_event(receipt["number"], "workorder.assigned", 1))

    def listed(path: str, query: str = "") -> list[str]:
        answer = client.get(f"/api/intake/complaints{query}", headers=caller("receiver", path))
        assert answer.status_code == 200, answer.text
        return [item["number"] for item in answer.json["items"]]

    assert listed("G/EAST") == [receipt["number"]]
    assert listed("G/WEST/W1") == [west]
    assert set(listed("G")) == {west, receipt["number"]}
    assert listed("G/EA") == listed("G/EAST", "?estate=W1") == []
    assert listed("G", "?status=assigned") == [receipt["number"]]
    assert listed("G", "?status=received") == [west]
    assert listed("G", f"?q={west[:14].lower()}") == [west]
    assert listed("G", "?channel=phone") == []
    assert client.get("/api/intake/complaints").status_code == 401


def test_the_list_masks_numbers_of_persons(client: FlaskClient, caller: Caller, receipt: Receipt) -> None:
    item = client.get("/api/intake/complaints", headers=caller()).json["items"][0]

    assert item["text"] == "电梯坏了,***"


def test_a_person_is_forgotten_archives_included(
    client: FlaskClient,
    caller: Caller,
    act: Callable[..., Any],
    complain: Complain,
    rows: Rows,
    database: Database,
) -> None:
    act("supplements", text="打 13800138000")
    party = next(row["id"] for row in rows(parties) if row["name"] == "王芳")
    path = f"/api/intake/contacts/{party}/erasure"

    foreign = client.post(path, headers=caller("director", "G/WEST"))
    receiver = client.post(path, headers=caller("receiver", "G"))
    done = client.post(path, headers=caller("director", "G/EAST/E1"))
    again = client.post(path, headers=caller("director", "G/EAST/E1"))

    assert (foreign.status_code, receiver.status_code) == (404, 403)
    assert (done.status_code, again.status_code) == (200, 200)
    everything = str([rows(table) for table in (parties, complaints, supplements, timeline)])
    assert "13800138000" not in everything
    assert "王芳" not in everything
    assert all(event.subject != party for event in published(database, "contact.recorded"))
    assert len(published(database, "contact.erased")) == 1
    assert complain(reporter={"phone": "13800138000"}).status_code == 201


def test_disabled_staff_is_remembered(database: Database) -> None:
    data = {"staff_id": "zhang", "role": "head", "path": "G", "disabled": True}
    back = {**data, "disabled": False}

    deliver(
        database,
        HANDLERS,
        make_event("staff.changed", "zhang", data, source="routing", version=3),
        make_event("staff.changed", "zhang", back, source="routing", version=2),
    )

    with database.read() as connection:
        assert is_disabled(connection, "zhang")
