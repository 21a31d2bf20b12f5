"""Complaint numbers and claim codes."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.numbers import (
    ALPHABET,
    RANDOM_BITS,
    claim_code,
    claim_digest,
    claim_matches,
    complaint_number,
    is_complaint_number,
)

EVENING = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)


def test_the_day_is_that_of_the_zone() -> None:
    assert complaint_number(EVENING, "Asia/Shanghai", 0) == "TS-20261123-222222"
    assert complaint_number(EVENING, "UTC", 0) == "TS-20261122-222222"


@given(st.integers(0, 2**RANDOM_BITS - 1))
def test_a_number_is_one_and_has_no_letter_to_mistake(bits: int) -> None:
    number = complaint_number(EVENING, "UTC", bits)

    assert is_complaint_number(number)
    assert not set("01IO") & set(number.rpartition("-")[2])


def test_different_bits_are_different_numbers() -> None:
    assert len({complaint_number(EVENING, "UTC", bits) for bits in range(5000)}) == 5000


def test_what_is_no_number_is_known_at_once() -> None:
    for text in ("", "TS-20261122-ABCDE0", "ts-20261122-ABCDEF", "TS-20261122-ABCDEF\n", "TS-2026-ABCDEF"):
        assert not is_complaint_number(text)


def test_a_claim_code_belongs_to_one_number_and_one_secret() -> None:
    code = claim_code("secret", "TS-20261122-ABCDEF")

    assert code == claim_code("secret", "TS-20261122-ABCDEF")
    assert code != claim_code("other", "TS-20261122-ABCDEF")
    assert code != claim_code("secret", "TS-20261122-ABCDEG")
    assert set(code.replace("-", "")) <= set(ALPHABET)


def test_a_claim_code_is_taken_as_people_type_it() -> None:
    digest = claim_digest("ABCD-EFGH-JKLM")

    assert claim_matches(" abcd efgh jklm ", digest)
    assert not claim_matches("ABCD-EFGH-JKLN", digest)
    assert not claim_matches("", digest)
