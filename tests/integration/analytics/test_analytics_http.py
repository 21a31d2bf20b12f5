"""`GET /api/analytics/kpis` and `/metrics` over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from services.analytics import exporter
from services.analytics.messages import MESSAGES
from services.analytics.routes import figures
from services.chassis.database import Database
from services.chassis.http.app import HttpContext, create_app
from services.chassis.i18n import Translator
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.chassis.metrics import PlatformMetrics
from services.chassis.testing.auth import TestAuth
from services.contracts.vocabulary import Role, values
from tests.integration.analytics.lives import Case, estate

Tell = Callable[..., None]
KPIS = "/api/analytics/kpis"


@pytest.fixture
def auth(database: Database) -> TestAuth:
    return TestAuth(database.clock)


@pytest.fixture
def client(database: Database, auth: TestAuth) -> FlaskClient:
    translator = Translator(CHASSIS_MESSAGES, MESSAGES)
    registry = CollectorRegistry()
    registry.register(exporter.RollupCollector(database))
    context = HttpContext(database.clock, PlatformMetrics(registry), translator, auth.gate())
    return create_app("analytics", [figures.blueprint(database, translator)], context=context).test_client()


@pytest.mark.parametrize("role", values(Role))
def test_every_role_counts_its_own_subtree(
    tell: Tell, client: FlaskClient, auth: TestAuth, role: str
) -> None:
    tell(
        estate("E1"),
        estate("E2", region="west"),
        Case("TS-1", "E1").registered(),
        Case("TS-2", "E2").registered(),
    )

    answer = client.get(KPIS, headers=auth.headers(role, "g/east"))

    assert answer.status_code == 200
    assert answer.json["exact"] is True
    assert [row["key"] for row in answer.json["rows"]] == ["E1"]
    assert answer.json["rows"][0]["response_seconds"] == {"median": None, "p90": None}


def test_nobody_counts_without_a_token(client: FlaskClient) -> None:
    assert client.get(KPIS).status_code == 401


def test_a_foreign_scope_is_not_found(tell: Tell, client: FlaskClient, auth: TestAuth) -> None:
    tell(estate("E1"), estate("E2", region="west"))
    headers = auth.headers("director", "g/east")

    foreign = client.get(KPIS, query_string={"scope": "g/west"}, headers=headers)
    unknown = client.get(KPIS, query_string={"scope": "g/west9"}, headers=headers)

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json == {**unknown.json, "detail": foreign.json["detail"]}


def test_definitions_come_in_the_language_asked_for(client: FlaskClient, auth: TestAuth) -> None:
    headers = auth.headers("group", "g")

    chinese = client.get(KPIS, headers=headers).json["definitions"]
    english = client.get(KPIS, headers={**headers, "Accept-Language": "en"}).json["definitions"]

    assert "重复投诉" in chinese["repeats"]
    assert "30 × 24 h" in english["repeats"]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("from=yesterday", "from", "Give a date (as 2026-11-01) or an RFC 3339 instant with its offset."),
        ("from=2026-11-02&to=2026-11-01", "to", "It ends before it starts."),
        ("kinds=joke", "kinds", "Give kinds joined by commas."),
    ],
)
def test_bad_questions_are_refused_field_by_field(
    client: FlaskClient, auth: TestAuth, query: str, field: str, message: str
) -> None:
    headers = {**auth.headers("group", "g"), "Accept-Language": "en"}

    answer = client.get(f"{KPIS}?{query}", headers=headers)

    assert answer.status_code == 422
    assert answer.json["errors"] == [{"field": field, "message": message}]


def test_the_document_tells_the_definitions(client: FlaskClient) -> None:
    document = client.get("/api/analytics/openapi.json").json

    row = document["components"]["schemas"]["KpiRow"]["properties"]
    assert "R183" in row["resolution_ratio"]["description"]
    parameters = document["paths"][KPIS]["get"]["parameters"]
    assert {parameter["name"] for parameter in parameters} == {"scope", "from", "to", "by", "level", "kinds"}


def test_metrics_show_what_was_counted_for_estates_regions_and_groups(
    tell: Tell, client: FlaskClient, database: Database
) -> None:
    # Given
    now = database.clock.now()
    first, second = Case("TS-1", 'E"1'), Case("TS-2", "E2")
    tell(
        estate('E"1'),
        estate("E2", region=None),
        estate("E3"),
        first.registered(now - timedelta(days=10)),
        first.answered(now - timedelta(days=10) + timedelta(seconds=60)),
        first.resolved(now),
        first.rated("satisfied"),
        second.registered(now - timedelta(days=1)),
        second.breached("dispatch", now),
    )

    # When
    exporter.counting(database, timedelta(seconds=15)).step()
    samples = shown(client)

    # Then
    one = {"group": "g", "region": "east", "estate": 'E"1', "window": "30d"}
    two = {"group": "g", "region": "", "estate": "E2", "window": "7d"}
    three = {"group": "g", "region": "east", "estate": "E3", "window": "90d"}
    assert samples["linli_estate_valid_complaints", key(one)] == 1
    assert samples["linli_estate_valid_complaints", key({**one, "window": "7d"})] == 0
    assert samples["linli_estate_valid_complaints", key(three)] == 0
    assert samples["linli_estate_resolved_complaints", key(one)] == 1
    assert samples["linli_estate_open_complaints", key(two)] == 1
    assert samples["linli_estate_overdue_complaints", key(two)] == 1
    assert samples["linli_estate_response_seconds", key({**one, "quantile": "0.9"})] == 60
    assert (
        samples["linli_region_satisfaction_ratio", key({"group": "g", "region": "east", "window": "30d"})]
        == 1
    )
    assert samples["linli_group_resolution_ratio", key({"group": "g", "window": "30d"})] == 0.5
    # And what there is nothing to make of is not shown
    names = {name for name, _ in samples}
    assert "linli_estate_repeat_ratio" not in names
    assert not any(labels == key({"group": "g", "region": "", "window": "7d"}) for _, labels in samples)


def test_a_count_is_repeated_only_when_it_is_due(tell: Tell, client: FlaskClient, database: Database) -> None:
    # Given
    tell(estate())
    counting = exporter.counting(database, timedelta(seconds=15))
    counting.step()
    tell(Case("TS-1").registered(database.clock.now()))
    estate_7d = key({"group": "g", "region": "east", "estate": "E1", "window": "7d"})

    # When, then
    database.clock.advance(seconds=14)
    counting.step()
    assert shown(client)["linli_estate_valid_complaints", estate_7d] == 0
    database.clock.advance(seconds=1)
    counting.step()
    assert shown(client)["linli_estate_valid_complaints", estate_7d] == 1


def key(labels: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def shown(client: FlaskClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = client.get("/metrics").text
    return {
        (sample.name, key(sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
