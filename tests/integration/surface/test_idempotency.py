"""Idempotency keys on the real routes: missing, malformed, used again, used again too soon (DESIGN §6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.testing import eventually
from services.standalone import SERVICES
from tests.integration.surface.installation import Installation
from tests.integration.surface.problems import problem
from tests.integration.surface.requests import path_to, request_for
from tests.integration.surface.world import TEXT, World

COMPLAINTS = "/api/intake/complaints"
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


def _complain(world: World, key: str | None, estate: str = "E1", **headers: str) -> Any:
    client = world.installation.services["intake"].app.test_client()
    sent = {**headers, **({"Idempotency-Key": key} if key is not None else {})}
    return client.post(COMPLAINTS, json={"estate": estate, "channel": "web", "text": TEXT}, headers=sent)


def _keyed_routes(installation: Installation) -> set[str]:
    """Routes whose document says that a caller with a token needs a key."""
    documents = [
        installation.send("GET", f"/api/{definition.name}/openapi.json").json["paths"]
        for definition in SERVICES
    ]
    return {
        f"{method.upper()} {path}"
        for paths in documents
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method != "parameters"
        and any(
            p["name"] == "Idempotency-Key" and "needed with a token" in p["description"]
            for p in operation.get("parameters", [])
        )
    }


def test_every_route_that_creates_is_keyed(installation: Installation) -> None:
    assert _keyed_routes(installation) == {
        "POST /api/intake/complaints",
        "POST /api/intake/complaints/{number}/attachments",
        "POST /api/intake/complaints/{number}/rating",
        "POST /api/intake/complaints/{number}/supplements",
        "POST /api/intake/complaints/{number}/withdrawal",
        "POST /api/intake/estates",
        "POST /api/intake/estates/import",
        "POST /api/intake/households/import",
        "POST /api/notification/callbacks/{id}/outcome",
        "POST /api/notification/complaints/{number}/contact-views",
        "POST /api/routing/departments/import",
        "POST /api/routing/staff",
        "POST /api/routing/staff/import",
    }


@LANGUAGES
def test_with_a_token_a_key_is_needed(world: World, language: str) -> None:
    headers = {**world.installation.headers("director", "G"), "Accept-Language": language}
    for route in sorted(_keyed_routes(world.installation)):
        client = world.installation.services[route.split("/")[2]].app.test_client()

        answer = client.post(path_to(route, world.own), headers=headers, **request_for(route, world.own))

        assert problem(answer, 400, language)["code"] == "idempotency_key_missing", route


def test_without_a_token_none_is_needed(world: World) -> None:
    assert _complain(world, None).status_code == 201


@LANGUAGES
@pytest.mark.parametrize("key", ["", "a" * 256, "a b", "a\tb", "a\x01b", "a\x7fb", "é", "键"])
def test_a_key_is_short_and_visible(world: World, key: str, language: str) -> None:
    # What a client may put into a header on the wire, byte by byte.
    on_the_wire = key.encode().decode("latin-1")

    answer = _complain(world, on_the_wire, **{"Accept-Language": language})

    assert problem(answer, 400, language)["code"] == "idempotency_key_malformed"


def test_a_key_may_be_long_and_odd(world: World) -> None:
    assert _complain(world, new_id() + "!~" * 109).status_code == 201


@LANGUAGES
def test_a_key_used_for_something_else_is_422(world: World, language: str) -> None:
    key = new_id()
    assert _complain(world, key).status_code == 201

    answer = _complain(world, key, estate="W1", **{"Accept-Language": language})

    assert problem(answer, 422, language)["code"] == "idempotency_key_reused"


def test_the_same_again_is_the_first_answer_again(world: World) -> None:
    key = new_id()

    first, again = _complain(world, key), _complain(world, key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_key_belongs_to_its_caller(world: World) -> None:
    key = new_id()
    mine = world.installation.headers("director", "G", "me")
    yours = world.installation.headers("director", "G", "you")
    nobody: dict[str, str] = {}

    numbers = {_complain(world, key, **headers).json["number"] for headers in (mine, yours, nobody)}

    assert len(numbers) == 3


def test_while_the_first_runs_the_second_waits_and_gets_its_answer(world: World) -> None:
    database = world.installation.services["intake"].on.database
    key = new_id()
    with ThreadPoolExecutor(2) as pool, database.engine.connect() as holder:
        holder.execute(text("LOCK TABLE complaints IN ACCESS EXCLUSIVE MODE"))
        asked = [pool.submit(_complain, world, key) for _ in range(2)]
        eventually(lambda: _waiting_for_the_table(database) == 2)

        holder.rollback()
        first, second = (each.result(timeout=20) for each in asked)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert [each.headers.get("Idempotency-Replayed") for each in (first, second)].count("true") == 1


def _waiting_for_the_table(database: Database) -> Any:
    waiting = "datname = current_database() AND wait_event_type = 'Lock'"
    with database.engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}"))
