"""Places are compared as they are written, buildings by what they are called."""

from __future__ import annotations

import pytest

from services.routing.domain.places import building_of, normalised_place


@pytest.mark.parametrize(
    ("said", "place"),
    [(" 3栋  2单元\t电梯 ", "3栋 2单元 电梯"), ("gate b", "GATE B"), ("", None), (" \n", None), (None, None)],
)
def test_a_place_is_upper_case_with_blanks_collapsed(said: str | None, place: str | None) -> None:
    assert normalised_place(said) == place


@pytest.mark.parametrize(
    ("words", "building"),
    [
        ("3栋2单元电梯坏了", "3"),
        ("03 栋", "3"),
        ("１２号楼门禁坏了", "12"),
        ("12#楼", "12"),
        ("a座大堂", "A"),
        ("十二栋顶楼漏水", "12"),
        ("二十幢", "20"),
        ("七号楼", "7"),
        ("Building 7, lift", "7"),
        ("the lift of block no. 12b", "12B"),
        ("小区东门", None),
        ("住了3年", None),
        ("", None),
    ],
)
def test_a_building_is_found_however_it_is_written(words: str, building: str | None) -> None:
    assert building_of(words) == building
