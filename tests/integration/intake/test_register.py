"""Complaints are put on the register, by residents and by staff."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import repeat
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Table

from services.chassis.database import Database
from services.chassis.errors import Unavailable
from services.chassis.http.tables import idempotency_keys
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import published
from services.contracts.vocabulary import Channel, Role, values
from services.intake.domain.numbers import claim_code
from services.intake.storage.tables import complaints
from services.intake.storage.tree import Estate
from services.intake.usecases.people import Reporter
from services.intake.usecases.register import Numbering, Statement, register, with_free_number
from tests.integration.intake.lists import field_errors

Complain = Callable[..., Any]
Caller = Callable[..., dict[str, str]]
Rows = Callable[[Table], list[Any]]

pytestmark = pytest.mark.usefixtures("homes")


BAD_INPUT: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "text"),
    ({"text": " \n "}, "text"),
    ({"text": "水" * 10_001}, "text"),
    ({"text": "水" * 20_000}, "text"),
    ({"text": "a\x00b"}, "text"),
    ({"text": "a\x1bb"}, "text"),
    ({"text": "a\ud800b"}, "text"),
    ({"text": 7}, "text"),
    ({"estate": "E1\x00"}, "estate"),
    ({"channel": "fax"}, "channel"),
    ({"kind": "rant"}, "kind"),
    ({"anonymous": "yes"}, "anonymous"),
    ({"reporter": []}, "reporter"),
    ({"reporter": {"phone": "call me"}}, "reporter.phone"),
    ({"reporter": {"email": "nobody"}}, "reporter.email"),
    ({"reporter": {"name": "\x07"}}, "reporter.name"),
    ({"colour": "red"}, "colour"),
    ({"received_at": "2026-11-22T12:00:00"}, "received_at"),
    ({"received_at": "2026-11-22T04:02:00Z"}, "received_at"),
    ({"received_at": "2024-11-22T04:02:00Z"}, "received_at"),
    ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at"),
    ({"received_at": 1763784000}, "received_at"),
]


def registered(database: Database) -> list[Any]:
    return published(database, "complaint.registered")


def test_a_resident_gets_number_claim_code_and_links(complain: Complain, database: Database) -> None:
    answer = complain(text="电梯坏了,请打 13800138000 找我。", location="3栋电梯")

    assert answer.status_code == 201
    number = answer.json["number"]
    assert re.fullmatch(r"TS-20261122-[2-9A-HJ-NP-Z]{6}", number)
    assert answer.json["status"] == "received"
    assert answer.json["claim_code"] == claim_code("s" * 32, number)
    assert answer.json["links"]["rating"] == f"/api/intake/complaints/{number}/rating"
    [event] = registered(database)
    assert event.subject == number
    assert event.data["text"] == "电梯坏了,请打 *** 找我。"
    assert event.data["received_at"] == event.data["recorded_at"]
    assert (event.data["path"], event.data["receiver"]) == ("G/EAST/E1", None)


def test_the_original_stays_here_and_the_claim_code_nowhere(complain: Complain, rows: Rows) -> None:
    answer = complain(text="请打 13800138000 找我。")

    [row] = rows(complaints)
    assert row["text"] == "请打 13800138000 找我。"
    plain = answer.json["claim_code"].replace("-", "")
    assert all(plain not in str(value).replace("-", "") for value in row.values())


def test_staff_registers_through_every_channel(
    complain: Complain, caller: Caller, clock: ManualClock, database: Database
) -> None:
    received = clock.now() - timedelta(minutes=2)

    for channel in values(Channel):
        answer = complain(
            caller("receiver", "G/EAST/E1", "zhang"),
            channel=channel,
            received_at=received.isoformat(),
            call_id="c-1",
        )
        assert answer.status_code == 201, answer.text

    told = [event.data for event in registered(database)]
    assert [data["channel"] for data in told] == values(Channel)
    assert {(data["received_at"], data["recorded_at"]) for data in told} == {(received, clock.now())}
    assert {(data["receiver"], data["call_id"]) for data in told} == {("zhang", "c-1")}


def test_without_a_token_only_public_channels_and_no_time_of_receipt(
    complain: Complain, clock: ManualClock
) -> None:
    public = {c for c in values(Channel) if complain(channel=c).status_code == 201}

    assert public == {"web", "app", "wechat"}
    assert set(field_errors(complain(channel="phone"))) == {"channel"}
    assert set(field_errors(complain(received_at=clock.now().isoformat()))) == {"received_at"}


def test_auditors_and_operators_register_nothing(complain: Complain, caller: Caller) -> None:
    statuses = {role: complain(caller(role)).status_code for role in values(Role)}

    assert {role for role, status in statuses.items() if status == 403} == {"auditor", "operator"}
    assert set(statuses.values()) == {201, 403}


def test_a_foreign_estate_is_as_unknown_as_one_that_is_not_there(complain: Complain, caller: Caller) -> None:
    foreign = complain(caller("receiver", "G/WEST/W1"))
    unknown = complain(caller("receiver", "G/WEST/W1"), estate="NOWHERE")
    region = complain(estate="EAST")

    assert field_errors(foreign) == field_errors(unknown) == field_errors(region)


def test_bad_input_is_told_field_by_field(client: FlaskClient, caller: Caller, rows: Rows) -> None:
    for change, field in BAD_INPUT:
        # Not by the client's own JSON, which has no lone surrogates.
        body = json.dumps({"estate": "E1", "channel": "web", "text": "电梯坏了", **change})

        answer = client.post(
            "/api/intake/complaints", data=body, content_type="application/json", headers=caller("receiver")
        )

        assert set(field_errors(answer)) == {field}, change
    assert rows(complaints) == []


def test_bad_bodies_are_refused(client: FlaskClient) -> None:
    def post(data: bytes, content_type: str = "application/json") -> Any:
        return client.post("/api/intake/complaints", data=data, content_type=content_type)

    assert post(b"{").status_code == 400
    assert post(b"[]").status_code == 422
    assert post(b"{}", "text/plain").status_code == 415
    assert post(b'{"text": "' + b"x" * 5_000_000 + b'"}').status_code == 413


def test_ten_thousand_characters_are_kept_as_they_are(complain: Complain, rows: Rows) -> None:
    assert complain(text="水" * 10_000).status_code == 201
    assert len(rows(complaints)[0]["text"]) == 10_000


def test_problems_are_told_in_the_language_asked_for(complain: Complain) -> None:
    chinese = complain(estate="X").json
    english = complain({"Accept-Language": "en"}, estate="X").json

    assert chinese["errors"] == [{"field": "estate", "message": "未找到该小区。"}]
    assert english["errors"] == [{"field": "estate", "message": "There is no such estate."}]


def test_a_repeated_request_gets_the_same_answer_and_has_one_effect(
    complain: Complain, database: Database, caller: Caller
) -> None:
    key = {"Idempotency-Key": "form-1"}

    first, again, other = complain(key), complain(key), complain(key, text="另一件事")

    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(registered(database)) == 1


def test_the_claim_code_is_not_kept_with_the_answer(complain: Complain, rows: Rows) -> None:
    code = complain({"Idempotency-Key": "form-1"}).json["claim_code"]

    assert code not in str(rows(idempotency_keys))


def test_staff_needs_an_idempotency_key(complain: Complain, caller: Caller) -> None:
    headers = caller("receiver")
    del headers["Idempotency-Key"]

    assert complain(headers).status_code == 400


def registrar(database: Database, drawn: Iterator[int]) -> Callable[[], str]:
    """Registers a complaint by the next number drawn, and returns it."""
    numbering = Numbering(draw=lambda: next(drawn), secret="s" * 32)
    statement = Statement("web", "complaint", "一", None, None, None, None, None, False, Reporter(), "zh")
    estate = Estate("E1", "翠苑花园", "G/EAST/E1", "Asia/Shanghai")

    def registered() -> str:
        with database.begin() as work:
            made = register(work, statement, estate=estate, caller=None, numbering=numbering)
        number: str = made["number"]
        return number

    return registered


def test_a_number_that_is_taken_is_drawn_again(database: Database) -> None:
    registered = registrar(database, iter([7, 7, 8]))

    assert with_free_number(registered) != with_free_number(registered)


def test_when_no_number_is_free_one_may_try_again_later(database: Database) -> None:
    registered = registrar(database, repeat(7))
    with_free_number(registered)

    with pytest.raises(Unavailable):
        with_free_number(registered)


def test_the_day_of_the_number_is_the_estates_own(complain: Complain, clock: ManualClock) -> None:
    clock.advance(hours=12, minutes=30)

    east, west = complain(estate="E1"), complain(estate="W1")

    assert east.json["number"].startswith("TS-20261123-")
    assert west.json["number"].startswith("TS-20261122-")


def test_the_longest_of_everything_is_taken(complain: Complain, caller: Caller) -> None:
    answer = complain(
        caller("receiver"),
        text="水" * 10_000,
        demand="水" * 2_000,
        location="水" * 200,
        category="c" * 64,
        call_id="c" * 64,
        reporter={"name": "水" * 100, "email": "a@" + "b" * 194 + ".com", "unit": "栋" * 20 + "1" * 40},
    )

    assert answer.status_code == 201, answer.text


def test_r69_an_earlier_complaint_is_named_by_its_number(complain: Complain, database: Database) -> None:
    # Given
    earlier = complain(estate="E1").json["number"]

    # When
    answer = complain(estate="E1", unhappy_with=f" {earlier.lower()} ")
    foreign = complain(estate="W1", unhappy_with=earlier)
    unknown = complain(estate="E1", unhappy_with="TS-20261122-ZZZZZZ")

    # Then
    assert answer.status_code == 201, answer.text
    assert [event.data["unhappy_with"] for event in registered(database)] == [None, earlier]
    for refused in (foreign, unknown):
        (error,) = refused.json["errors"]
        assert (refused.status_code, error["field"]) == (422, "unhappy_with")
        assert error["message"] == "未找到您对处理不满意的那件投诉，请核对投诉编号。"
