"""Dead letters over HTTP: who sees what of them, and what is decided (DESIGN §2.5, §2.8)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from services.chassis import dead_letters
from services.chassis.dead_letter_replay import DeadLetterReplay
from services.chassis.dead_letters import DeadLetter
from services.chassis.ids import new_id
from tests.integration.surface.installation import Installation
from tests.integration.surface.problems import problem

ROOT = "/api/notification/dead-letters"
_PHONE = "13812345678"


@pytest.fixture(autouse=True)
def empty(installation: Installation) -> None:
    """No letter of an earlier test."""
    with installation.services["notification"].on.database.begin() as work:
        work.connection.execute(dead_letters.dead_letters.delete())


def bury(installation: Installation, body: bytes, **others: Any) -> str:
    """Give up a message; returns the letter's id."""
    letter = DeadLetter(
        **{"reason": "bug", "cause": f"Key ({_PHONE}) exists", "attempts": 5, **others}, body=body
    )
    with installation.services["notification"].on.database.begin() as work:
        dead_letters.bury(work.connection, "notification", letter, work.now)
    return str(get(installation, "operator", "?sort=-last_at&page_size=1").json["items"][0]["id"])


def recorded(installation: Installation) -> bytes:
    """A message that notification can read."""
    party = new_id()
    contact = {"party_id": party, "role": "resident", "path": "G", "language": "zh", "name": "王芳"}
    with installation.services["intake"].on.database.begin() as work:
        work.record("contact.recorded", party, {**contact, "phone": None, "email": None})
    [body] = [body for _, _, body in installation.published() if party.encode() in body]
    return body


def get(installation: Installation, role: str, path: str) -> Any:
    return installation.send("GET", ROOT + path, installation.headers(role))


def post(installation: Installation, path: str, body: dict[str, Any] | None = None) -> Any:
    return installation.send(
        "POST", ROOT + path, installation.headers("operator", id="the-operator"), json=body
    )


def test_the_bytes_are_for_the_auditor_alone(installation: Installation) -> None:
    letter = bury(installation, _PHONE.encode())

    auditor, operator = (get(installation, role, f"/{letter}") for role in ("auditor", "operator"))
    listed = get(installation, "auditor", "")

    assert (auditor.json["body"], auditor.json["encoding"]) == (_PHONE, "utf-8")
    assert _PHONE in auditor.json["cause"]
    assert (operator.json["body"], operator.json["encoding"]) == (None, None)
    assert _PHONE not in operator.text
    assert _PHONE not in listed.text


def test_bytes_that_are_no_text_come_as_base64(installation: Installation) -> None:
    letter = bury(installation, b"\xff\x00")

    shown = get(installation, "auditor", f"/{letter}").json

    assert (base64.b64decode(shown["body"]), shown["encoding"]) == (b"\xff\x00", "base64")


def test_letters_are_listed_by_type_reason_age_and_status(installation: Installation) -> None:
    old = bury(installation, b"1", name="contact.recorded")
    before = installation.clock.now().isoformat()
    installation.clock.advance(hours=1)
    young = bury(installation, b"2", reason="not_json")

    def ids(**query: str) -> list[str]:
        sent = installation.send("GET", ROOT, installation.headers("auditor"), query_string=query)
        assert sent.status_code == 200, sent.text
        return [item["id"] for item in sent.json["items"]]

    after = installation.clock.now().isoformat()
    assert ids() == [young, old]
    assert ids(sort="last_at") == [old, young]
    assert ids(type="contact.recorded") == [old]
    assert ids(reason="not_json") == [young]
    assert ids(older_than=after) == [old]
    assert ids(newer_than=after) == [young]
    assert ids(newer_than=before) == [young, old]
    assert ids(status="discarded") == []


def test_a_letter_is_discarded_with_a_reason_and_replayed_after_all(installation: Installation) -> None:
    letter = bury(installation, b"not ours")

    without = post(installation, f"/{letter}/discard", {"reason": " "})
    discarded = post(installation, f"/{letter}/discard", {"reason": "not ours"})
    again = post(installation, f"/{letter}/discard", {"reason": "not ours"})
    replayed = post(installation, f"/{letter}/replay")

    assert problem(without, 422)["errors"][0]["field"] == "reason"
    assert problem(again, 409)["code"] == "dead_letter_not_open"
    assert discarded.json["status"] == "discarded"
    assert (discarded.json["decisions"][0]["by"], discarded.json["decisions"][0]["reason"]) == (
        "the-operator",
        "not ours",
    )
    assert replayed.json["status"] == "requested"
    assert [decision["decision"] for decision in replayed.json["decisions"]] == ["discard", "replay"]


def test_all_of_a_type_are_replayed_by_the_worker(installation: Installation) -> None:
    # Given a message that was given up for a bug which is mended by now
    notification = installation.services["notification"]
    body = recorded(installation)
    event = notification.handling.read(body, False).event
    letter = bury(installation, body, event_id=event.id, name=event.name, subject=event.subject)

    # When
    answer = post(installation, "/replay", {"type": "contact.recorded"})
    DeadLetterReplay(notification.handling).step()
    while notification.handling.retry_due():
        pass
    DeadLetterReplay(notification.handling).step()

    # Then
    assert answer.json == {"requested": 1, "handled": 0}
    assert get(installation, "auditor", f"/{letter}").json["status"] == "handled"
    assert post(installation, f"/{letter}/replay").json["status"] == "handled"
    assert get(installation, "auditor", "").json["total"] == 0


def test_a_letter_whose_message_was_handled_is_answered_so(installation: Installation) -> None:
    # Given
    notification = installation.services["notification"]
    body = recorded(installation)
    message = notification.handling.read(body, False)
    notification.handling.batch([message])
    event = message.event
    letter = bury(installation, body, event_id=event.id, name=event.name, subject=event.subject)

    # When / Then
    assert post(installation, f"/{letter}/replay").json["status"] == "handled"


def test_another_service_knows_nothing_of_it(installation: Installation) -> None:
    letter = bury(installation, b"1")

    answer = installation.send("GET", f"/api/intake/dead-letters/{letter}", installation.headers("auditor"))

    assert problem(answer, 404)["code"] == "dead_letter_unknown"
