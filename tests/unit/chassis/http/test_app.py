"""What every application of the factory has."""

from __future__ import annotations

import re

import pytest

from services.chassis.http.dispatch import dispatch
from services.chassis.tracing import current_traceparent, trace_id
from tests.unit.chassis.http.parcels import Parcels, make_parcels

PARCELS = "/api/parcels/parcels"
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_document_is_openapi_3_1_and_documents_problems(parcels: Parcels) -> None:
    document = parcels.client.get("/api/parcels/openapi.json").json

    assert document is not None
    assert document["openapi"] == "3.1.0"
    assert document["components"]["schemas"]["Parcel"]["properties"]["sent_at"] == {
        "type": "string",
        "format": "date-time",
    }
    responses = document["paths"][PARCELS]["post"]["responses"]
    assert set(responses) == {"201", "422", "default"}
    assert list(document["components"]["responses"]["DEFAULT_ERROR"]["content"]) == [
        "application/problem+json"
    ]


@pytest.mark.parametrize("sent", ["", "short", "with blank 12", "x" * 129, "naïve-12345678"])
def test_a_request_gets_an_id_unless_it_brings_a_well_formed_one(parcels: Parcels, sent: str) -> None:
    headers = {"X-Request-Id": sent.encode().decode("latin-1")}

    given = parcels.client.get("/nowhere", headers=headers).headers["X-Request-Id"]

    assert given != headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", given)


def test_a_well_formed_request_id_is_sent_back(parcels: Parcels) -> None:
    answer = parcels.client.get("/nowhere", headers={"X-Request-Id": "desk-12.34_5"})

    assert answer.headers["X-Request-Id"] == "desk-12.34_5"


def test_a_trace_goes_on_inside_the_request_and_ends_with_it(parcels: Parcels) -> None:
    parcels.act = lambda: {"span": current_traceparent()}

    answer = parcels.client.post("/api/parcels/act", headers={"traceparent": TRACEPARENT})

    assert answer.json is not None
    assert trace_id(answer.json["span"]) == trace_id(TRACEPARENT)
    assert answer.json["span"] != TRACEPARENT
    assert current_traceparent() is None


def test_requests_are_measured_by_route_and_never_by_path(parcels: Parcels) -> None:
    headers = parcels.auth.headers("head")
    parcels.client.get("/api/parcels/parcels/P-1", headers=headers)
    parcels.client.get("/api/parcels/parcels/P-2", headers=headers)
    parcels.client.get("/secret/path")
    parcels.client.open("/secret/path", method="BREW")

    text = parcels.client.get("/metrics").text

    assert (
        'linli_http_request_duration_seconds_count{method="GET",route="/api/parcels/parcels/<number>"'
        ',service="parcels",status="200"} 2.0' in text
    )
    assert 'method="GET",route="other",service="parcels",status="404"} 1.0' in text
    assert "P-1" not in text
    assert "secret" not in text
    assert "BREW" not in text


def test_readiness_names_the_check_that_fails_and_liveness_does_not_care(parcels: Parcels) -> None:
    def fail() -> None:
        raise ConnectionError("password in here")

    assert parcels.client.get("/readyz").status_code == 200
    parcels.ready = fail

    answer = parcels.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"status": "failing", "checks": {"database": "failing"}}
    assert parcels.client.get("/healthz").status_code == 200


def test_pages_and_orders_are_read_from_the_query_and_bounded(parcels: Parcels) -> None:
    headers = parcels.auth.headers("head")

    usual = parcels.client.get(PARCELS, headers=headers).json
    third = parcels.client.get(
        PARCELS, headers=headers, query_string={"page": 3, "page_size": 10, "sort": "weight"}
    ).json

    assert usual == {"items": [{"text": "sent_at True", "weight": 0}], "page": 1, "page_size": 20, "total": 1}
    assert third == {
        "items": [{"text": "weight False", "weight": 20}],
        "page": 3,
        "page_size": 10,
        "total": 1,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "x"),
        ("page", "99999999999999999999"),
        ("page", "1.5"),
        ("page", ""),
        ("page_size", "101"),
        ("sort", "password"),
        ("q", "\x00"),
        ("q", "x" * 21),
        # A misspelt filter must not silently widen the list.
        ("sotr", "weight"),
    ],
)
def test_a_query_out_of_bounds_is_422(parcels: Parcels, name: str, value: str) -> None:
    answer = parcels.client.get(PARCELS, headers=parcels.auth.headers("head"), query_string={name: value})

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"][0]["field"] == name


def test_each_prefix_goes_to_its_service_and_the_rest_to_the_default() -> None:
    parcels, front = make_parcels(), make_parcels()
    client = front.app.test_client()
    client.application.wsgi_app = dispatch({"parcels": parcels.app}, front.app.wsgi_app)  # type: ignore[method-assign]
    parcels.act = lambda: {"who": "parcels"}
    front.act = lambda: {"who": "front"}

    assert client.post("/api/parcels/act").json == {"who": "parcels"}
    assert client.get("/api/letters/x").status_code == 404
    assert client.get("/api").status_code == 404
    assert client.get("/healthz").status_code == 200
