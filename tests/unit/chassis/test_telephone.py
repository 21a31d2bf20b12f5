"""Telephone numbers as people write them."""

from __future__ import annotations

import pytest

from services.chassis.telephone import e164


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("+86-138-0013-8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("0571-88888888", "+8657188888888"),
        ("(010) 8888 8888", "+861088888888"),
        ("+1 650 253 0000", "+16502530000"),
        ("call me", None),
        ("12", None),
        ("1" * 40, None),
        ("", None),
    ],
)
def test_numbers_become_e164_or_nothing(text: str, number: str | None) -> None:
    assert e164(text) == number
