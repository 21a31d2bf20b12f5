"""The composition root puts together what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.analytics.app import SERVICE
from services.analytics.settings import AnalyticsSettings
from services.chassis.database import Database
from services.chassis.platform import Platform, Process, platform
from services.chassis.platform_events import STREAM_MISSING, STREAM_SEALED
from services.chassis.settings import SettingsError, load
from services.contracts.catalogue import CATALOGUE


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> AnalyticsSettings:
    url = database.engine.url.render_as_string(hide_password=False)
    keys = tmp_path / "jwks.json"
    keys.write_text('{"keys": []}')
    return load(AnalyticsSettings, {"LINLI_ANALYTICS_DATABASE_URL": url, "LINLI_JWKS_FILE": str(keys)})


@pytest.fixture
def on(settings: AnalyticsSettings) -> Platform:
    return platform(SERVICE, settings, Process(), role="test")


def test_every_event_of_the_contract_has_its_handler(on: Platform, settings: AnalyticsSettings) -> None:
    handled = SERVICE.handlers(on, settings).keys() | {STREAM_SEALED, STREAM_MISSING}
    assert handled == CATALOGUE.consumed_by("analytics")


def test_the_worker_counts_and_swaps_generations(on: Platform, settings: AnalyticsSettings) -> None:
    assert [loop.name for loop in SERVICE.loops(on, settings)] == [
        "analytics.cells",
        "analytics.rollups",
        "analytics.rebuild",
    ]


def test_the_gauges_stand_beside_the_platforms_metrics(on: Platform, settings: AnalyticsSettings) -> None:
    client = SERVICE.web(on, settings).test_client()

    text = client.get("/metrics").text

    assert "# TYPE linli_estate_overdue_complaints gauge" in text
    assert "# TYPE linli_http_request_duration_seconds histogram" in text
    on.database.engine.dispose()


def test_the_other_metrics_are_shown_while_the_database_is_away(
    settings: AnalyticsSettings, tmp_path: Path
) -> None:
    nowhere = {
        "LINLI_ANALYTICS_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "LINLI_JWKS_FILE": str(settings.jwks_file),
    }
    away = load(AnalyticsSettings, nowhere)
    client = SERVICE.web(platform(SERVICE, away, Process(), role="test"), away).test_client()

    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "linli_http_request_duration_seconds" in answer.text


def test_a_pause_of_nothing_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        load(AnalyticsSettings, {"LINLI_ANALYTICS_ROLLUP_SECONDS": "0"})

    assert refused.value.problems.keys() == {
        "LINLI_ANALYTICS_ROLLUP_SECONDS",
        "LINLI_ANALYTICS_DATABASE_URL",
        "LINLI_JWKS_FILE",
    }
