"""A complaint from its receipt to its end, through all four services, in both shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from services.chassis.testing import eventually
from tests.e2e.cases import LIFT, PATIENCE, Case, complain, kpis
from tests.e2e.client import Client, People
from tests.e2e.group import MAPLE, phone
from tests.e2e.installation import Installation

#: A matter that nothing makes urgent.
LIGHT = "5栋大堂的灯不亮，请派人更换。"


def test_a_complaint_travels_from_the_web_form_to_a_satisfied_callback(people: People) -> None:
    case = complain(people, household=1)

    order = case.order()
    shown = case.shown
    assert (shown["category"], shown["category_rule"]) == ("facility.lift", "facility.lift")
    assert (shown["urgency"], shown["urgency_rule"]) == ("urgent", "urgency.trapped")
    assert (order["department"], order["assignee"]) == ("engineering", id_of(people, "handler"))
    for step, note in (
        ("accept", None),
        ("answer", "我们马上派人。"),
        ("arrive", None),
        ("progress", "正在更换控制板。"),
        ("resolve", "控制板已更换。"),
    ):
        case.step("handler", order, step, note)
    case.step("head", order, "sign-off")
    claimed = case.call_back("satisfied")

    assert claimed["phone"] == phone(1)
    assert case.number in claimed["script"]
    assert case.closed()["closed_as"] == "satisfied"
    steps = [
        "received",
        "assigned",
        "accepted",
        "answered",
        "arrived",
        "progressed",
        "work_done",
        "signed_off",
    ]
    assert timeline_of(case, "closed") == [*steps, "resolved", "closed"]
    assert {clock["name"]: clock["verdict"] for clock in case.shown["clocks"]} == dict.fromkeys(
        ("record", "dispatch", "answer", "arrive", "follow_up", "solve", "return_visit"), "kept"
    )


def test_the_progress_of_a_complaint_tells_no_personal_data(people: People) -> None:
    case = complain(people, household=2, text=LIFT)
    order = case.order()
    case.step("handler", order, "accept", "请王秀英女士保持电话 13912345678 畅通。")

    told = json.dumps(eventually_with(case, "accepted"), ensure_ascii=False)

    assert "13912345678" not in told
    assert phone(2)[-11:] not in told


def test_messages_go_out_once_for_each_event_with_their_recipient_masked(people: People) -> None:
    case = complain(people, household=3)
    case.resolve()

    def sent() -> Any:
        items = people["receiver"].get("/api/notification/messages", number=case.number, status="sent")[
            "items"
        ]
        return items if len(items) >= 5 else None

    messages = eventually(sent, PATIENCE, interval=0.2)

    assert sorted((each["template"], each["receiver"]) for each in messages) == [
        ("assigned_resident", "resident"),
        ("assigned_staff", "staff"),
        ("escalated_responsible", "staff"),
        ("receipt", "resident"),
        ("resolved", "resident"),
    ]
    assert {each["recipient"] for each in messages if each["receiver"] == "resident"} == {"199****0003"}


def test_the_kpis_count_a_complaint_and_what_became_of_it(people: People) -> None:
    before = counted(people)
    case = complain(people, household=4)
    case.resolve()
    case.rate("satisfied")
    case.closed()

    def counts() -> bool:
        now = counted(people)
        return [now[name] - before[name] for name in ("received", "valid", "resolved")] == [1, 1, 1]

    assert eventually(counts, PATIENCE, interval=0.2)
    row = kpis(people, MAPLE)["maple"]
    assert 0 < row["response_seconds"]["median"] < 120
    assert 0 < row["satisfaction_ratio"] <= 1


def test_a_dissatisfied_callback_starts_a_second_round_and_a_satisfied_one_ends_it(people: People) -> None:
    case = complain(people, household=5)
    case.resolve()
    case.call_back("dissatisfied", "还是会困人。")

    second = case.order(round_=2)
    assert second["department"] == "engineering"
    case.resolve(round_=2)
    case.call_back("basically_satisfied")

    assert case.closed()["closed_as"] == "basically_satisfied"
    assert "reopened" in timeline_of(case, "closed")


def test_a_rating_reopens_and_closes_as_a_callback_does(people: People) -> None:
    case = complain(people, household=6)
    case.resolve()
    case.rate("dissatisfied")
    case.resolve(round_=2)
    case.rate("satisfied")

    assert case.closed()["closed_as"] == "satisfied"
    assert eventually(lambda: not case.callbacks("open"), PATIENCE, interval=0.2)


def test_nobody_reached_in_the_last_attempt_closes_as_unreached(people: People) -> None:
    case = complain(people, household=7)
    case.resolve()

    for _ in range(3):
        eventually(lambda: no_answer(case), PATIENCE, interval=0.2)

    assert case.closed()["closed_as"] == "unreached"


def test_an_anonymous_note_in_the_suggestion_box_closes_without_anybody_to_call(people: People) -> None:
    case = complain(
        people, None, who="receiver", channel="suggestion_box", anonymous=True, text="电梯里的灯坏了。"
    )
    case.resolve()

    assert case.closed()["closed_as"] == "unreached"
    messages = people["receiver"].get("/api/notification/messages", number=case.number)["items"]
    assert {each["receiver"] for each in messages} <= {"staff"}


def test_a_withdrawn_complaint_is_over_and_its_work_is_cancelled(people: People) -> None:
    case = complain(people, household=8)
    case.order()
    people.public.post(f"/api/intake/complaints/{case.number}/withdrawal", {"claim_code": case.claim_code})

    closed = case.closed()

    assert (closed["status"], closed["closed_as"]) == ("withdrawn", "withdrawn")
    assert [order["status"] for order in closed["work_orders"]] == ["cancelled"]
    assert case.progress["status"] == "withdrawn"


def test_what_a_person_corrects_and_transfers_stays_so(people: People) -> None:
    case = complain(people, household=9)
    order = case.order()
    people["head"].post(
        f"/api/routing/complaints/{case.number}/classification",
        {"category": "security.order", "reason": "电梯里有人打架"},
    )
    people["director"].post(
        f"/api/routing/work-orders/{order['id']}/transfer", {"department": "security", "reason": "归秩序部"}
    )

    shown = case.shown

    assert (shown["category"], shown["category_rule"]) == ("security.order", "person")
    moved = case.order()
    assert (moved["department"], moved["assignee"]) == ("security", id_of(people, "second.handler"))
    assert "transferred" in timeline_of(case, "transferred")


def test_a_person_closes_with_the_consent_of_a_second_one_and_opens_again(people: People) -> None:
    case = complain(people, household=10)
    case.order()
    decisions = f"/api/routing/complaints/{case.number}"

    asked = people["head"].post(f"{decisions}/close", {"reason": "与住户当面说清"})
    assert asked["status"] != "closed"
    people["director"].post(f"{decisions}/close-approval", {"decision": "grant"})
    assert case.closed()["closed_as"] == "by_staff"
    people["head"].post(f"{decisions}/reopen", {"reason": "住户又来反映"})

    assert case.order(round_=2)["status"] == "assigned"


def test_an_invalid_complaint_is_explained_to_its_resident_and_counts_as_received_only(
    people: People,
) -> None:
    """R48, R51, R52: the handler applies, the director consents, the resident reads why."""
    before = counted(people)
    case = complain(people, household=14)
    order = case.order()
    explanation = "门前市政道路由市政部门养护，我们已代您反映。"
    verdict = {"verdict": "invalid", "reasons": ["not_our_duty"], "explanation": explanation}
    path = f"/api/routing/complaints/{case.number}"

    people["handler"].post(f"{path}/verification", verdict)
    assert case.shown["status"] == order["status"] == "assigned"
    people["director"].post(f"{path}/close-approval", {"decision": "grant"})

    told = eventually(lambda: case.progress if case.progress["status"] == "invalid" else None, PATIENCE, 0.5)
    assert [entry["note"] for entry in told["timeline"] if entry["what"] == "found_invalid"] == [explanation]

    def sent() -> bool:
        query = {"number": case.number, "status": "sent"}
        items = people["receiver"].get("/api/notification/messages", **query)["items"]
        return "invalid" in {each["template"] for each in items}

    def counts() -> bool:
        now = counted(people)
        return [now[name] - before[name] for name in ("received", "valid", "resolved")] == [1, 0, 0]

    assert eventually(sent, PATIENCE, interval=0.2)
    assert eventually(counts, PATIENCE, interval=0.2)


def test_a_call_written_down_late_breaches_its_clock_and_a_letter_does_not(
    people: People, installation: Installation
) -> None:
    breaches = installation.metric("linli_clock_breaches_total", clock="record")
    received = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    call = complain(people, household=11, who="receiver", channel="phone", received_at=received)
    letter = complain(people, household=12, who="receiver", channel="letter", received_at=received)

    assert (record_clock(call), record_clock(letter)) == ("breached", "kept")
    eventually(
        lambda: installation.metric("linli_clock_breaches_total", clock="record") == breaches + 1, PATIENCE
    )
    shown = call.shown
    assert datetime.fromisoformat(shown["received_at"]) == datetime.fromisoformat(received)
    assert datetime.fromisoformat(shown["recorded_at"]) > datetime.fromisoformat(received) + timedelta(
        hours=2
    )


def test_a_complaint_not_answered_in_time_is_overdue_until_it_is(people: People) -> None:
    before = counted(people)["overdue"]
    received = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    case = complain(people, household=13, who="receiver", channel="phone", received_at=received, text=LIGHT)
    eventually(lambda: counted(people)["overdue"] == before + 1, PATIENCE, interval=0.2)

    order = case.order()
    case.step("handler", order, "accept")
    case.step("handler", order, "answer", "抱歉让您久等。")

    assert eventually(lambda: counted(people)["overdue"] == before, PATIENCE, interval=0.2)


def test_a_complaint_sent_twice_with_one_key_is_one_complaint(public: Client) -> None:
    body = {"estate": "maple", "channel": "app", "text": LIFT}

    first, again = (public.post("/api/intake/complaints", body, key="the-same-key") for _ in range(2))

    assert first == again


def no_answer(case: Case) -> bool:
    """Report an attempt that reached nobody, once the task is due."""
    if datetime.fromisoformat(case.callback()["due_at"]) > datetime.now(UTC):
        return False
    case.call_back("no_answer")
    return True


def record_clock(case: Case) -> str:
    """The verdict of the clock that ends when a complaint is written down."""
    case.order()
    return next(str(clock["verdict"]) for clock in case.shown["clocks"] if clock["name"] == "record")


def counted(people: People) -> Any:
    """The figures of maple."""
    return kpis(people, MAPLE).get("maple", {"received": 0, "valid": 0, "resolved": 0, "overdue": 0})


def eventually_with(case: Case, what: str) -> Any:
    """The progress once something is told in it."""

    def look() -> Any:
        progress = case.progress
        return progress if any(entry["what"] == what for entry in progress["timeline"]) else None

    return eventually(look, PATIENCE, interval=0.5)


def timeline_of(case: Case, until: str) -> list[str]:
    """What the resident reads, once he reads `until`."""
    return [entry["what"] for entry in eventually_with(case, until)["timeline"]]


def id_of(people: People, username: str) -> str:
    """The staff id of a person."""
    staff = people["director"].get("/api/routing/staff", page_size=100)["items"]
    return next(str(person["id"]) for person in staff if person["username"] == username)
