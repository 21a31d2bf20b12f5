"""What intake's archive keeps by reference can be said again, of those who were not erased (DESIGN §2.8, §2.12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis import archive
from services.chassis.database import Database
from services.chassis.envelope import decode
from services.chassis.events import Event
from services.chassis.references import References
from services.chassis.testing.services import published
from services.intake.app import SERVICE

Complain = Callable[..., Any]
Caller = Callable[..., dict[str, str]]
NAME = "contact.recorded"

pytestmark = pytest.mark.usefixtures("tree")


def said_again(database: Database) -> list[Event]:
    references = References("intake", database.catalogue, SERVICE.references)
    with database.read() as connection:
        bodies = references.bodies(connection, archive.read(connection, (NAME,)))
    return [decode(body, database.catalogue) for body in bodies.values()]


def send_all(database: Database) -> None:
    ids = [event.id for event in published(database)]
    with database.begin() as work:
        archive.keep(work.connection, ids, database.catalogue.personal(), work.now)


def test_it_says_what_it_said(complain: Complain, database: Database) -> None:
    # Given
    complain(reporter={"name": "王芳", "phone": "13800138000", "unit": "3-2-501"})
    told = [replace(event, traceparent=None) for event in published(database, NAME)]
    assert told

    # When
    send_all(database)

    # Then
    with database.read() as connection:
        assert {event.body for event in archive.read(connection, (NAME,))} == {None}
    assert said_again(database) == told


def test_who_was_erased_is_not_spoken_of(
    client: FlaskClient, caller: Caller, complain: Complain, database: Database
) -> None:
    # Given two persons whose contacts were sent
    complain(reporter={"name": "王芳", "phone": "13800138000"})
    complain(reporter={"name": "李强", "phone": "13900139000"})
    erased, other = published(database, NAME)
    send_all(database)

    # When
    path = f"/api/intake/contacts/{erased.subject}/erasure"
    assert client.post(path, headers=caller("director", "G/EAST/E1")).status_code == 200

    # Then
    assert [event.subject for event in said_again(database)] == [other.subject]
    with database.read() as connection:
        assert [event.subject for event in archive.read(connection, (NAME,))] == [other.subject]
