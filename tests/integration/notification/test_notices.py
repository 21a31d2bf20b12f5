"""Messages written because of events: to whom, once, in any order, and not about the past."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from services.chassis.database import Database
from services.chassis.events import HISTORICAL
from services.chassis.retries import retries
from services.chassis.testing.clock import ManualClock
from services.notification.storage.tables import callbacks, contacts, deliveries
from tests.integration.notification.conftest import Rows, Tell
from tests.integration.notification.stories import (
    assigned,
    closed,
    contact,
    escalated,
    estate,
    known,
    registered,
    resolved,
    verified,
)


def written(rows: Rows) -> set[tuple[str, str, str]]:
    return {(row["party_id"], row["channel"], row["template"]) for row in rows(deliveries)}


def test_a_new_complaint_is_confirmed_to_its_reporter(tell: Tell, rows: Rows) -> None:
    tell(estate(), contact(), registered())

    assert written(rows) == {("party-1", "sms", "receipt")}
    [message] = rows(deliveries)
    assert message["body"].startswith("【锦绣花园】")
    assert message["status"] == "waiting"


def test_of_a_part_of_a_work_order_only_who_gets_it_is_told(tell: Tell, rows: Rows) -> None:
    """R100."""
    tell(*known(), assigned(version=2, parent="wo-0"))

    assert "assigned_staff" in {row["template"] for row in rows(deliveries)}
    assert "assigned_resident" not in {row["template"] for row in rows(deliveries)}


def test_contact_and_complaint_of_one_batch_work_in_either_order(tell: Tell, rows: Rows) -> None:
    tell(registered(), contact(), estate())

    assert written(rows) == {("party-1", "sms", "receipt")}


def test_who_has_no_telephone_is_written_an_e_mail(tell: Tell, rows: Rows) -> None:
    tell(estate(), contact(phone=None, language="en"), registered())

    [message] = rows(deliveries)
    assert (message["channel"], message["language"]) == ("email", "en")
    assert message["title"].startswith("[锦绣花园]")


@pytest.mark.parametrize("data", [{"anonymous": True}, {"party_id": None}])
def test_an_anonymous_reporter_is_not_written_to(tell: Tell, rows: Rows, data: Mapping[str, Any]) -> None:
    tell(estate(), contact(), registered(**data))

    assert written(rows) == set()


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (
            "warning",
            "【锦绣花园】提醒：编号TS-20261122-K7M2QP的投诉应于11月22日12:00前完成答复业主，请抓紧处理。",
        ),
        (
            "overdue",
            "【锦绣花园】超时：编号TS-20261122-K7M2QP的投诉应于11月22日12:00前完成答复业主，请立即处理或督办。",
        ),
    ],
)
def test_each_receiver_of_a_level_is_told_once_which_clock_is_due(
    tell: Tell, rows: Rows, cause: str, says: str
) -> None:
    staff = [contact(f"staff-{n}", source="routing", role="head") for n in (1, 2)]
    told = escalated(cause, ["staff-1", "staff-2"])

    tell(*known(), *staff, told, told)

    assert [row["body"] for row in rows(deliveries) if row["template"] != "receipt"] == [says] * 2


def test_what_a_person_takes_upwards_says_why_and_history_says_nothing(tell: Tell, rows: Rows) -> None:
    """R104."""
    leader = contact("staff-1", source="routing", language="en")
    upwards = {"clock": None, "clocks": None, "due_at": None, "level": 0, "by": "staff-2"}

    tell(
        *known(),
        leader,
        escalated("person", ["staff-1"], reason="Compensation is beyond my authority", **upwards),
        escalated("overdue", ["staff-1"], mode=HISTORICAL, version=6),
        escalated("warning", [], version=7),
    )

    (message,) = (row for row in rows(deliveries) if row["template"] != "receipt")
    assert "was taken up to you: Compensation is beyond my authority" in message["body"]


def test_who_leads_an_investigation_is_told_how_many_complain(tell: Tell, rows: Rows) -> None:
    """R72."""
    leader = contact("staff-1", source="routing")
    about = {"clock": None, "clocks": None, "due_at": None, "level": 0}

    tell(*known(), leader, escalated("investigation", ["staff-1"], reason="12/20", **about))

    (message,) = (row for row in rows(deliveries) if row["template"] != "receipt")
    assert "所涉问题已有12/20户反映，超过半数，请牵头成立调查组" in message["body"]


def test_an_assignment_is_told_to_the_person_and_to_the_reporter(tell: Tell, rows: Rows) -> None:
    tell(*known(), assigned())

    assert written(rows) == {
        ("party-1", "sms", "receipt"),
        ("staff-9", "sms", "assigned_staff"),
        ("party-1", "sms", "assigned_resident"),
    }


def test_the_same_event_again_writes_nothing_more(tell: Tell, rows: Rows) -> None:
    events = [*known(), assigned(), resolved()]
    tell(*events)
    before = rows(deliveries), rows(callbacks)

    tell(*events)
    tell(*reversed(events))

    assert (rows(deliveries), rows(callbacks)) == before


def test_the_past_is_remembered_but_not_told(tell: Tell, rows: Rows) -> None:
    tell(
        estate(),
        contact(),
        contact("staff-9", source="routing"),
        registered(mode="historical"),
        assigned(mode="historical"),
        resolved(mode="historical"),
    )

    assert written(rows) == set()
    assert rows(callbacks) == []


def test_a_complaint_waits_in_the_table_until_its_contact_is_known(
    tell: Tell, rows: Rows, clock: ManualClock
) -> None:
    tell(estate(), registered())
    assert len(rows(retries)) == 1

    path = tell(contact())
    clock.advance(seconds=1)

    assert path.retry_due()
    assert written(rows) == {("party-1", "sms", "receipt")}
    assert rows(retries) == []


def test_an_older_contact_that_comes_late_changes_nothing(tell: Tell, rows: Rows) -> None:
    tell(contact(version=3, phone="+8613800000003"))
    tell(contact(version=1, phone="+8613800000001"), contact(version=2, phone="+8613800000002"))

    assert [row["phone"] for row in rows(contacts)] == ["+8613800000003"]


def test_intake_and_routing_number_their_people_independently(tell: Tell, rows: Rows) -> None:
    tell(contact("p", version=7), contact("p", source="routing", version=1, name="李伟"))

    assert {(row["source"], row["name"]) for row in rows(contacts)} == {
        ("intake", "王芳"),
        ("routing", "李伟"),
    }


def test_an_invalid_complaint_is_explained_and_a_valid_one_needs_no_message(tell: Tell, rows: Rows) -> None:
    """R52: the resident gets the explanation, whatever the verdict says of his complaint."""
    tell(*known(), verified("valid", version=3))
    assert "invalid" not in {row["template"] for row in rows(deliveries)}

    event = verified("invalid")
    tell(event)
    tell(event)

    [told] = [row for row in rows(deliveries) if row["template"] == "invalid"]
    assert (told["party_id"], told["channel"]) == ("party-1", "sms")
    assert "该路段由市政管理，已代为反映" in told["body"]


def test_an_old_verdict_that_is_replayed_is_not_told(tell: Tell, rows: Rows) -> None:
    tell(*known(), verified("invalid", mode=HISTORICAL))

    assert "invalid" not in {row["template"] for row in rows(deliveries)}


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_events_ends_the_same(tell: Tell, rows: Rows, clock: ManualClock, seed: int) -> None:
    events = [*known(), assigned(), resolved(version=5), closed(version=6)]
    random.Random(seed).shuffle(events)

    for each in events:
        path = tell(each)
    for _ in range(20):
        clock.advance(minutes=10)
        while path.retry_due():
            pass

    assert written(rows) == {
        ("party-1", "sms", "receipt"),
        ("staff-9", "sms", "assigned_staff"),
        ("party-1", "sms", "assigned_resident"),
        ("party-1", "sms", "resolved"),
    }
    [task] = rows(callbacks)
    assert task["status"] == "cancelled"
    assert rows(retries) == []


def test_a_batch_takes_as_many_statements_as_one_event(tell: Tell, database: Database) -> None:
    tell(estate(), contact())
    one = statements(database.engine, lambda: tell(registered("TS-1")))

    many = statements(database.engine, lambda: tell(*(registered(f"TS-2{n:02}") for n in range(50))))

    assert many == one


def test_messages_are_due_at_once(tell: Tell, rows: Rows, clock: ManualClock) -> None:
    tell(*known())

    [message] = rows(deliveries)
    assert message["next_at"] - clock.now() == timedelta(0)


def statements(engine: Engine, action: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        action()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
