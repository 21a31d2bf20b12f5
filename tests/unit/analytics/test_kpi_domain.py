"""Places, ratios, windows and zones, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.domain import Measures, Window, is_zone, normalised_place, ratio


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (None, None),
        ("", None),
        (" \t\n\u3000", None),
        ("3号楼 a座", "3号楼 A座"),
        ("  3号楼\u3000\u00a0a座\n", "3号楼 A座"),
        ("3号楼A座", "3号楼A座"),
        ("lift 2", "LIFT 2"),
    ],
)
def test_a_place_is_upper_case_with_its_blanks_collapsed(location: str | None, place: str | None) -> None:
    assert normalised_place(location) == place


@given(st.text())
def test_a_normalised_place_has_no_blank_too_many(location: str) -> None:
    place = normalised_place(location)

    assert place is None or (place == " ".join(place.split()) and place)


def test_nothing_of_nothing_is_no_ratio() -> None:
    assert ratio(0, 0) is None
    assert ratio(0, 4) == 0
    assert ratio(3, 4) == 0.75


def test_a_window_that_ends_before_it_starts_is_reversed() -> None:
    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)

    assert Window(date(2026, 11, 2), date(2026, 11, 1)).reversed
    assert not Window(date(2026, 11, 1), date(2026, 11, 1)).reversed
    assert not Window(noon, date(2026, 11, 1)).reversed
    assert not Window(None, noon).reversed


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Asia/Shanghai", True),
        ("Mars/Olympus", False),
        ("", False),
        ("../etc/passwd", False),
        ("Asia", False),
    ],
)
def test_a_zone_is_one_of_the_iana_database(name: str, known: bool) -> None:
    assert is_zone(name) is known


def test_measures_make_their_ratios() -> None:
    measures = Measures(
        received=10,
        valid=8,
        resolved=6,
        repeat_eligible=4,
        repeats=1,
        open=2,
        overdue=1,
        opinions=0,
        satisfied=0,
        response_median=None,
        response_p90=None,
        resolution_mean=None,
        resolution_median=None,
        resolution_p90=None,
        resolution_max=None,
    )

    assert measures.resolution_ratio == 0.75
    assert measures.repeat_ratio == 0.25
    assert measures.satisfaction_ratio is None
