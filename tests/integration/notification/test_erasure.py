"""Erasing a person: nothing of his stays, nothing of it comes back (DESIGN §2.8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from services.chassis import dead_letters, retries
from services.chassis.database import Database
from services.chassis.dead_letters import DeadLetter
from services.chassis.testing.services import published
from services.notification.storage.tables import callbacks, contacts, deliveries
from services.notification.storage.tables import metadata as tables
from tests.integration.notification.conftest import Rows, Tell
from tests.integration.notification.stories import PHONE, contact, erased, estate, known, registered, resolved


def test_a_tombstone_without_personal_data_stays(tell: Tell, rows: Rows) -> None:
    tell(contact())
    tell(erased())

    [row] = rows(contacts)
    assert row["erased"]
    assert (row["name"], row["phone"], row["email"]) == (None, None, None)


@pytest.mark.parametrize("together", [True, False])
def test_an_older_contact_that_comes_after_the_erasure_brings_nothing_back(
    tell: Tell, rows: Rows, together: bool
) -> None:
    if together:
        tell(erased(version=2), contact(version=1))
    else:
        tell(erased(version=2))
        tell(contact(version=1))

    [row] = rows(contacts)
    assert row["erased"]
    assert row["phone"] is None


def test_texts_to_the_person_are_deleted_and_those_waiting_are_not_sent(tell: Tell, rows: Rows) -> None:
    tell(*known(), resolved())

    tell(erased())

    assert {(row["status"], row["failure"], row["body"]) for row in rows(deliveries)} == {
        ("failed", "erased", None)
    }
    assert [row["script"] for row in rows(callbacks)] == [None]


def test_messages_to_others_stay(tell: Tell, rows: Rows) -> None:
    tell(
        estate(), contact("party-1"), contact("party-2"), registered(), registered("TS-2", party_id="party-2")
    )

    tell(erased("party-1"))

    assert {row["party_id"]: row["status"] for row in rows(deliveries)} == {
        "party-1": "failed",
        "party-2": "waiting",
    }


def test_nothing_of_the_person_is_left_in_any_table(tell: Tell, database: Database) -> None:
    tell(*known(), resolved())
    with database.begin() as work:
        retries.begin_attempt(
            work.connection,
            "notification",
            "0199aaaa-0000-7000-8000-000000000000",
            "contact.recorded",
            "party-1",
            PHONE.encode(),
            False,
            work.now,
            timedelta(seconds=15),
        )
        letter = DeadLetter("bug", "", PHONE.encode(), 5, None, "contact.recorded", "party-1")
        dead_letters.bury(work.connection, "notification", letter, work.now)

    tell(erased())

    with database.read() as connection:
        for name in [*tables.tables, "retries", "dead_letters", "inbox", "outbox"]:
            found = connection.scalar(text(f"SELECT string_agg(t::text, '') FROM {name} t")) or ""
            assert PHONE not in found, name
            assert PHONE.encode().hex() not in found, name
            assert "王芳" not in found, name


def test_a_complaint_of_an_erased_person_makes_no_message(tell: Tell, rows: Rows) -> None:
    tell(estate(), contact())
    tell(erased())

    tell(registered())

    assert rows(deliveries) == []


def test_a_callback_that_waits_for_the_person_ends_as_unreached(
    tell: Tell, rows: Rows, database: Database
) -> None:
    tell(*known(), resolved())

    tell(erased())

    [event] = published(database, "callback.completed")
    assert (event.data["outcome"], event.data["attempts"], event.data["by"]) == ("unreached", 0, None)
    assert [task["status"] for task in rows(callbacks)] == ["completed"]


def test_an_erased_member_of_staff_ends_no_callback(tell: Tell, database: Database) -> None:
    tell(*known(), resolved())

    tell(erased("party-1", source="routing"))

    assert published(database) == []
