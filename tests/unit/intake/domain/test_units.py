"""Units as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.units import normalise_unit


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("3栋2单元501室", "3-2-501"),
        ("3幢2单元501", "3-2-501"),
        ("３幢２单元５０１室", "3-2-501"),
        ("3号楼2单元501户", "3-2-501"),
        ("3 - 2 - 501", "3-2-501"),
        ("3/2/501", "3-2-501"),
        ("03-02-0501", "3-2-501"),
        ("三栋二单元501室", "3-2-501"),
        ("十二幢一单元1001室", "12-1-1001"),
        ("二十三栋101", "23-101"),
        ("A座1201", "A-1201"),
        ("a座1201室", "A-1201"),
        ("1201", "1201"),
        ("12号", "12"),
        ("商铺8号", "商铺8"),
        ("3栋", "3"),
        ("室", ""),
        ("- -", ""),
        ("", ""),
    ],
)
def test_one_unit_has_one_spelling(text: str, unit: str) -> None:
    assert normalise_unit(text) == unit


@given(st.text(max_size=60))
def test_a_normal_spelling_stays_as_it_is(text: str) -> None:
    once = normalise_unit(text)

    assert normalise_unit(once) == once
