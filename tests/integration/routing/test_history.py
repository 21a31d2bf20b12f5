"""Complaints of the past become cases as their records say, and nobody is troubled (DESIGN §2.11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.effects import Handler
from services.chassis.events import Event
from services.chassis.platform import Platform
from services.chassis.testing.clock import DEFAULT_START, ManualClock
from services.chassis.testing.services import deliver
from services.routing.storage.tables import cases, clocks, timeline, work_orders
from tests.integration.routing.conftest import Caller, Published, Rows, Tell, estate, registered

NUMBER = "TS-20110701-AAAAAA"
RECEIVED = DEFAULT_START - timedelta(days=3000)


def past(number: str = NUMBER, received: datetime = RECEIVED, **known: Any) -> Event:
    """A complaint of another system; `known` is what its records say beside category and place."""
    history = {"source": "old", "category": "Street Lights/Outage", "place": "39 Lorraine St  02131", **known}
    return registered(
        number, mode="historical", received_at=received, recorded_at=received, party_id=None, history=history
    )


def test_category_place_and_times_are_those_of_the_records_and_no_rule_is_asked(
    tell: Tell, rows: Rows
) -> None:
    answered, resolved = RECEIVED + timedelta(hours=3), RECEIVED + timedelta(days=2)

    tell(past(answered_at=answered, resolved_at=resolved, result="换灯泡，电话 ***"))

    (case,) = rows(cases)
    assert (case["category"], case["location"]) == ("Street Lights/Outage", "39 Lorraine St  02131")
    assert (case["category_rule"], case["pack"], case["historical"]) == ("history", "old", True)
    assert (case["status"], case["answered_at"], case["resolved_at"]) == ("resolved", answered, resolved)
    entries = [(entry["entry"], entry["at"], entry["text"]) for entry in rows(timeline)]
    assert entries == [
        ("classified", RECEIVED, None),
        ("answered", answered, None),
        ("resolved", resolved, "换灯泡，电话 ***"),
    ]


def test_what_the_records_say_is_told_as_historical_with_its_own_times(tell: Tell, told: Published) -> None:
    answered, resolved, closed = (RECEIVED + timedelta(days=days) for days in (2, 3, 4))

    tell(past(answered_at=answered, resolved_at=resolved, closed_at=closed))

    events = told()
    assert [(event.name, event.version) for event in events] == [
        ("complaint.classified", 1),
        ("complaint.answered", 2),
        ("complaint.resolved", 3),
        ("complaint.closed", 4),
        ("clock.breached", 5),
    ]
    assert {event.mode for event in events} == {"historical"}
    assert [event.data["at"] for event in events[:4]] == [RECEIVED, answered, resolved, closed]


def test_only_clocks_whose_both_ends_are_known_have_a_verdict(
    tell: Tell, rows: Rows, platform: Platform
) -> None:
    tell(past(), past("TS-20110701-BBBBBB", answered_at=RECEIVED + timedelta(hours=25)))

    found = {(row["number"], row["name"]): row for row in rows(clocks)}
    assert {name for number, name in found if number == NUMBER} == {"record"}
    late = found["TS-20110701-BBBBBB", "answer"]
    assert late["stopped_at"] == RECEIVED + timedelta(hours=25)
    assert late["breached_at"] is not None
    assert platform.registry.get_sample_value("linli_clock_breaches_total", {"clock": "answer"}) is None


def test_nobody_is_given_work_and_nothing_is_counted_live(
    tell: Tell, staff: dict[str, str], rows: Rows, platform: Platform, step_of: Any
) -> None:
    tell(past(), registered("TS-20261122-BBBBBB"))

    assert {order["number"] for order in rows(work_orders)} == {"TS-20261122-BBBBBB"}
    assert not step_of("routing.dispatch")()
    matter = {"channel": "web", "category": "Street Lights/Outage"}
    assert platform.registry.get_sample_value("linli_complaints_registered_total", matter) is None


def test_statuses_are_what_the_records_end_with(tell: Tell, rows: Rows) -> None:
    day = RECEIVED + timedelta(days=1)
    tell(
        past("TS-20110701-AAAAAA"),
        past("TS-20110701-BBBBBB", answered_at=day),
        past("TS-20110701-CCCCCC", resolved_at=day),
        past("TS-20110701-DDDDDD", resolved_at=day, closed_at=day),
    )

    statuses = [case["status"] for case in sorted(rows(cases), key=lambda case: case["number"])]
    assert statuses == ["received", "in_progress", "resolved", "closed"]


def test_one_that_is_reopened_goes_to_who_takes_what_no_other_takes(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    tell(past(resolved_at=RECEIVED + timedelta(days=1)))

    reopened = client.post(
        f"/api/routing/complaints/{NUMBER}/reopen", json={"reason": "又坏了"}, headers=caller()
    )

    assert reopened.status_code == 200, reopened.json
    (order,) = rows(work_orders)
    assert (order["department"], order["round"]) == ("customer_service", 2)


def test_an_estate_that_is_not_known_yet_is_waited_for(
    database: Database, handlers: Mapping[str, Handler], clock: ManualClock, rows: Rows
) -> None:
    path = deliver(database, handlers, past())
    assert rows(cases) == []

    deliver(database, handlers, estate())
    clock.advance(seconds=2)
    assert path.retry_due()

    assert [case["number"] for case in rows(cases)] == [NUMBER]
