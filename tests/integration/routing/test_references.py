"""What routing's archive keeps by reference can be said again (DESIGN §2.8, §2.12)."""

from __future__ import annotations

from dataclasses import replace

from flask.testing import FlaskClient

from services.chassis import archive
from services.chassis.database import Database
from services.chassis.envelope import decode
from services.chassis.references import References
from services.chassis.testing.services import published
from services.routing.app import SERVICE
from tests.integration.routing.conftest import Caller

NAME = "contact.recorded"
WANTED = {
    "username": "wang.fang",
    "name": "王芳",
    "role": "handler",
    "path": "linli/east/cuihu",
    "phone": "13800001111",
}


def test_it_says_what_it_said(client: FlaskClient, caller: Caller, database: Database) -> None:
    # Given a person whom somebody appointed in English
    headers = {**caller(), "Accept-Language": "en"}
    assert client.post("/api/routing/staff", json=WANTED, headers=headers).status_code == 201
    told = [replace(event, traceparent=None) for event in published(database, NAME)]
    assert [event.data["language"] for event in told][-1] == "en"

    # When
    with database.begin() as work:
        archive.keep(work.connection, [event.id for event in told], (NAME,), work.now)

    # Then
    references = References("routing", database.catalogue, SERVICE.references)
    with database.read() as connection:
        bodies = references.bodies(connection, archive.read(connection, (NAME,)))
    assert [decode(body, database.catalogue) for body in bodies.values()] == told
