"""Who may call is said at each route and checked before the request is read."""

from __future__ import annotations

import pytest
from flask import Flask

from services.chassis.http.access import UnmarkedRoute, refuse_unmarked, requires
from tests.unit.chassis.http.parcels import Parcels

LIST = "/api/parcels/parcels"
SHOW = "/api/parcels/parcels/P-1"


@pytest.mark.parametrize(
    "authorization", ["Bearer x.y.z", "Bearer", "Bearer ", "Basic aGVhZA==", "x", "bearer é", "Bearer a b"]
)
def test_a_header_that_is_no_valid_token_is_401_even_where_none_is_needed(
    parcels: Parcels, authorization: str
) -> None:
    headers = {"Authorization": authorization.encode().decode("latin-1")}

    for answer in (
        parcels.client.get(SHOW, headers=headers),
        parcels.client.post("/api/parcels/act", headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"


def test_no_token_is_401_before_anything_is_read(parcels: Parcels) -> None:
    answer = parcels.client.get(LIST, query_string={"page": "nonsense"})

    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["code"] == "unauthorized"


def test_a_principal_of_another_role_is_403(parcels: Parcels) -> None:
    assert parcels.client.get(LIST, headers=parcels.auth.headers("handler")).status_code == 403
    assert parcels.client.get(LIST, headers=parcels.auth.headers("head")).status_code == 200


def test_any_principal_may_call_a_signed_in_route(parcels: Parcels) -> None:
    answer = parcels.client.get(SHOW, headers=parcels.auth.headers("anything", id="s-7"))

    assert answer.json == {"text": "s-7", "weight": 3}


def test_a_public_route_knows_who_calls_if_a_token_is_sent(parcels: Parcels) -> None:
    answer = parcels.client.post("/api/parcels/act", headers=parcels.auth.headers("head", id="s-7"))

    assert answer.json == {"id": "s-7"}


def test_an_expired_token_is_401(parcels: Parcels) -> None:
    headers = parcels.auth.headers("head")

    parcels.clock.advance(minutes=17)

    assert parcels.client.get(LIST, headers=headers).status_code == 401


def test_a_disabled_principal_is_401_in_spite_of_a_valid_token(parcels: Parcels) -> None:
    headers = parcels.auth.headers("head", id="s-7")

    parcels.auth.disabled.add("s-7")

    assert parcels.client.get(LIST, headers=headers).status_code == 401


def test_a_route_that_does_not_say_who_may_call_it_stops_the_start() -> None:
    app = Flask("parcels", static_folder=None)
    app.add_url_rule("/open", "open", lambda: "")

    with pytest.raises(UnmarkedRoute, match="/open"):
        refuse_unmarked(app)


def test_requires_needs_a_role() -> None:
    with pytest.raises(ValueError, match="role"):
        requires()


def test_the_document_says_what_a_route_asks(parcels: Parcels) -> None:
    document = parcels.client.get("/api/parcels/openapi.json").json

    assert document is not None
    paths = document["paths"]
    assert paths[LIST]["post"]["security"] == []
    assert paths[LIST]["get"]["security"] == [{"bearer": []}]
    assert paths[LIST]["get"]["x-roles"] == ["director", "head"]
