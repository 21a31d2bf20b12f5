"""What may be asked for in the query of `/api/analytics/kpis`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from marshmallow import ValidationError

from services.analytics.domain import By, Level, Window
from services.analytics.messages import DEFINED, MESSAGES
from services.analytics.schemas.figures import KpiQuerySchema
from services.chassis.i18n import Translator
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES


def test_everything_has_a_default() -> None:
    assert KpiQuerySchema().load({}) == {
        "scope": None,
        "window": Window(None, None),
        "by": By.ESTATE,
        "level": Level.WHOLE,
        "kinds": ("complaint",),
    }


def test_bounds_are_days_or_instants() -> None:
    query = KpiQuerySchema().load({"from": "2026-11-01", "to": "2026-11-30T08:00:00+08:00"})

    assert query["window"] == Window(date(2026, 11, 1), datetime(2026, 11, 30, tzinfo=UTC))


def test_kinds_are_joined_by_commas() -> None:
    assert KpiQuerySchema().load({"kinds": "complaint,help"})["kinds"] == ("complaint", "help")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": ""}, "from"),
        ({"from": "2026-11-31"}, "from"),
        ({"from": "2026-W01-1"}, "from"),
        ({"from": "2026-11-01T00:00:00"}, "from"),
        ({"to": "0001-01-01T00:00:00+10:00"}, "to"),
        ({"to": 7}, "to"),
        ({"by": "weather"}, "by"),
        ({"level": "3"}, "level"),
        ({"level": "top"}, "level"),
        ({"kinds": "complaint,"}, "kinds"),
        ({"kinds": "joke"}, "kinds"),
        ({"kinds": []}, "kinds"),
        ({"scope": ""}, "scope"),
        ({"scope": "g\x00"}, "scope"),
    ],
)
def test_anything_else_is_refused_by_its_field(query: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        KpiQuerySchema().load(query)

    assert list(refused.value.messages_dict) == [field]


def test_every_definition_is_told_in_both_languages() -> None:
    translator = Translator(CHASSIS_MESSAGES, MESSAGES)

    for name in DEFINED:
        assert translator.text(f"kpi_{name}", "zh") != translator.text(f"kpi_{name}", "en")
