"""Files are attached, listed and fetched (R21, R110, R114)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from services.chassis.database import Database
from services.chassis.testing.clock import ManualClock
from services.chassis.testing.services import published
from services.intake.domain.attachments import MAX_BYTES, MOST
from services.intake.storage.attachments import PIECE
from services.intake.storage.tables import attachments, complaints
from tests.integration.intake.conftest import Rows

PDF = b"%PDF-1.7 a letter"

Send = Callable[..., Any]


@pytest.fixture
def receipt(homes: None, complain: Callable[..., Any]) -> Mapping[str, str]:
    """The receipt of a complaint of somebody known."""
    made: Mapping[str, str] = complain(reporter={"name": "王芳", "phone": "13800138000"}).json
    return made


@pytest.fixture
def send(client: FlaskClient, receipt: Mapping[str, str], clock: ManualClock) -> Send:
    """A function that sends a file, as the complainant unless it gets headers of somebody else."""

    def post(content: bytes = PDF, headers: Mapping[str, str] | None = None, **query: str) -> Any:
        clock.advance(minutes=1)
        path = f"/api/intake/complaints/{receipt['number']}/attachments"
        who = headers or {"Claim-Code": receipt["claim_code"]}
        return client.post(path, data=content, query_string=query, headers=who)

    return post


@pytest.fixture
def listed(client: FlaskClient, receipt: Mapping[str, str]) -> Send:
    def get(headers: Mapping[str, str] | None = None) -> Any:
        path = f"/api/intake/complaints/{receipt['number']}/attachments"
        return client.get(path, headers=headers or {"Claim-Code": receipt["claim_code"]})

    return get


def photo() -> bytes:
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "CANARY"
    Image.effect_noise((1200, 900), 80).convert("RGB").save(made, "JPEG", exif=exif)
    return made.getvalue()


def test_a_complainant_attaches_evidence_and_fetches_it_again(
    client: FlaskClient, send: Send, listed: Send, database: Database, receipt: Mapping[str, str]
) -> None:
    answer = send(photo(), name="厨房 漏水.JPEG")

    assert answer.status_code == 201, answer.text
    kept = answer.json
    assert (kept["purpose"], kept["name"], kept["media_type"], kept["by"]) == (
        "evidence",
        "厨房 漏水.jpg",
        "image/jpeg",
        None,
    )
    (shown,) = listed().json["items"]
    fetched = client.get(shown["link"])
    assert fetched.status_code == 200
    assert len(fetched.data) == kept["size"] > PIECE
    assert b"CANARY" not in fetched.data
    assert fetched.headers["Content-Type"] == "image/jpeg"
    assert fetched.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%8E%A8")
    assert fetched.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    (event,) = published(database, "complaint.attached")
    assert event.data["attachment"] == kept["id"]
    assert set(event.data) == {"number", "attachment", "purpose", "by", "at"}
    progress = client.get(f"/api/intake/complaints/{receipt['number']}").json
    assert [each["what"] for each in progress["timeline"]] == ["received", "attached"]


def test_staff_attach_photos_of_before_and_after_in_their_subtree(
    send: Send, listed: Send, caller: Callable[..., dict[str, str]], receipt: Mapping[str, str]
) -> None:
    handler = caller(role="handler", id="zhang")

    before = send(PDF, handler, purpose="before")

    assert (before.status_code, before.json["by"]) == (201, "zhang")
    assert [each["purpose"] for each in listed(caller()).json["items"]] == ["before"]
    foreign = send(PDF + b"2", caller(path="G/W"), purpose="after")
    assert (foreign.status_code, foreign.json["code"]) == (404, "complaint_unknown")
    assert listed(caller(path="G/W")).status_code == 404
    assert send(PDF, caller(role="auditor")).status_code == 403


def test_the_same_content_is_one_file(send: Send, rows: Rows, database: Database) -> None:
    first, again = send(name="a.pdf"), send(name="b.pdf")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]
    assert len(rows(attachments)) == len(published(database, "complaint.attached")) == 1


def test_of_many_at_once_each_is_kept_once(
    app: Flask, receipt: Mapping[str, str], caller: Callable[..., dict[str, str]], rows: Rows
) -> None:
    def one(turn: int) -> int:
        path = f"/api/intake/complaints/{receipt['number']}/attachments"
        sent = app.test_client().post(path, data=PDF + str(turn % 3).encode(), headers=caller())
        return sent.status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, range(9))) == {201}

    assert len(rows(attachments)) == 3


def test_a_complaint_has_so_many_files_at_most(send: Send) -> None:
    answers = [send(PDF + str(turn).encode()) for turn in range(MOST + 1)]

    assert {each.status_code for each in answers[:-1]} == {201}
    assert (answers[-1].status_code, answers[-1].json["code"]) == (409, "attachments_too_many")


@pytest.mark.parametrize(("language", "word"), [("zh", "图片"), ("en", "pictures")])
def test_what_is_no_picture_and_no_pdf_is_415(
    client: FlaskClient, receipt: Mapping[str, str], language: str, word: str
) -> None:
    answer = client.post(
        f"/api/intake/complaints/{receipt['number']}/attachments",
        data=b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        content_type="image/png",
        headers={"Claim-Code": receipt["claim_code"], "Accept-Language": language},
    )

    assert (answer.status_code, answer.json["code"]) == (415, "attachment_type")
    assert word in answer.json["detail"]


def test_a_file_is_not_larger_than_10_mb(send: Send, rows: Rows) -> None:
    assert send(PDF + bytes(MAX_BYTES)).status_code == 413
    assert send(PDF + bytes(MAX_BYTES - len(PDF))).status_code == 201


def test_without_the_claim_code_nothing_is_taken_or_shown(send: Send, listed: Send, rows: Rows) -> None:
    for headers in ({"Claim-Code": "XXXX-XXXX-XXXX"}, {"X": "y"}):
        assert send(PDF, headers).status_code == 403
        assert listed(headers).status_code == 403
    assert rows(attachments) == []


def test_complainants_attach_evidence_only(send: Send) -> None:
    answer = send(PDF, purpose="after")

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "purpose"


def test_a_link_ends_and_cannot_be_made_up(client: FlaskClient, send: Send, clock: ManualClock) -> None:
    link = send().json["link"]

    assert client.get(link).status_code == 200
    assert client.get(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 403
    clock.advance(minutes=10)
    assert (client.get(link).status_code, client.get(link).json["code"]) == (403, "attachment_link_invalid")


def test_the_files_of_a_person_who_is_forgotten_are_deleted(
    client: FlaskClient, send: Send, caller: Callable[..., dict[str, str]], rows: Rows
) -> None:
    link = send().json["link"]
    (party,) = {row["party_id"] for row in rows(complaints)}

    answer = client.post(f"/api/intake/contacts/{party}/erasure", headers=caller())

    assert answer.status_code == 200, answer.text
    assert rows(attachments) == []
    assert client.get(link).status_code == 404
