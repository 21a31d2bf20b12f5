"""Telephones, e-mail addresses and id numbers never pass; what only looks alike does."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.ids import new_id
from services.chassis.masking import MASK, mask

_FIRST, _LAST = datetime(1990, 1, 1), datetime(2030, 12, 31)  # noqa: DTZ001
CHINESE = st.text(alphabet="物业服务很差电梯坏了三天没人修,。请回复我联系人王先生 ", max_size=20)
SEPARATOR = st.sampled_from(["", "-", " ", " - ", ".", "－", "\u3000"])
DIGIT = st.sampled_from("0123456789")


@st.composite
def mobiles(draw: st.DrawFn) -> str:
    first = "1" + draw(st.sampled_from("3456789")) + draw(DIGIT)
    rest = ["".join(draw(st.lists(DIGIT, min_size=4, max_size=4))) for _ in range(2)]
    number = draw(SEPARATOR).join([first, *rest])
    prefix = draw(st.sampled_from(["", "+86", "+86 ", "86-", "0086"]))
    return _maybe_full_width(draw, prefix + number)


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2026, 1, 1)))
    tail = "".join(draw(st.lists(DIGIT, min_size=3, max_size=3))) + draw(st.sampled_from("0123456789Xx"))
    return _maybe_full_width(draw, f"330106{born:%Y%m%d}{tail}")


def _maybe_full_width(draw: st.DrawFn, text: str) -> str:
    if not draw(st.booleans()):
        return text
    return text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "138-1234-5678",
        "138 1234 5678",
        "1381 234 5678",
        "138.1234.5678",
        "+86 13812345678",
        "0086-138-1234-5678",
        "１３８１２３４５６７８",
        "0571-88887777",
        "0571 8888 7777",
        "(010)12345678",
        "（0571）88887777",
        "0571-88887777转801",
        "021-6666777",
        "400-800-1234",
        "400 8001 234",
        "+1 (415) 555-2671",
        "+44 20 7946 0958",
        "330106199001011234",
        "33010619900101123X",
        "330106 19900101 123x",
        "330106900101123",
        "zhang.san+1@mail.example.com",
    ],
)
def test_a_personal_number_is_masked_wherever_it_stands(text: str) -> None:
    assert mask(text) == MASK
    assert mask(f"请打{text},谢谢") == f"请打{MASK},谢谢"


@pytest.mark.parametrize(
    "text",
    [
        "TS-20261122-ABC234",
        "TS-20261122-138234",
        "2026-11-22 2026/11/23 20261124",
        "2026-11-22T08:33:40.138123+08:00",
        "2026年11月22日13:30",
        "12-3-402",
        "3幢2单元1201室、1202室、1301室",
        "5-1-1301, 5-1-1302, 5-1-1303",
        "物业费1234567.89元",
        "￥12,345,678.00",
        "4001234567.00元",
        "100.00 200.00 300.00",
        "1763784000 1763784000000",
        "01a20263-bc45-74af-9045-013812345678",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ],
)
def test_what_only_looks_like_a_personal_number_stays(text: str) -> None:
    assert mask(text) == text


def test_a_chinese_name_before_an_at_sign_is_masked_with_it() -> None:
    assert mask("请发 张三@qq.com") == f"请发 {MASK}"


def test_the_word_before_a_short_number_stays() -> None:
    assert mask("座机:88887777,请回电") == f"座机:{MASK},请回电"


@given(before=CHINESE, number=st.one_of(mobiles(), id_numbers()), after=CHINESE)
def test_no_number_survives_between_words(before: str, number: str, after: str) -> None:
    assert mask(f"{before}{number}{after}") == f"{before}{MASK}{after}"


@given(
    st.lists(
        st.one_of(
            st.dates(date(1990, 1, 1), date(2030, 12, 31)).map(lambda day: f"{day:%Y-%m-%d}"),
            st.datetimes(_FIRST, _LAST).map(lambda at: at.isoformat(" ", "seconds")),
            st.builds("{}-{}-{}".format, st.integers(1, 99), st.integers(1, 9), st.integers(101, 3404)),
            st.floats(0, 99_999_999).map(lambda amount: f"{amount:.2f}元"),
            st.builds(lambda: new_id()),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_dates_rooms_amounts_and_ids_stay(parts: list[str]) -> None:
    text = ",".join(parts)

    assert mask(text) == text


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing_more_and_never_fails(text: str) -> None:
    once = mask(text)

    assert mask(once) == once
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", once, re.ASCII)


@pytest.mark.parametrize(
    "evil", ["1" * 50_000, "138 " * 12_000, "a" * 50_000 + "@", "a.b@" * 12_000, "+1 " * 16_000]
)
def test_hostile_text_costs_no_more_than_its_length(evil: str) -> None:
    assert isinstance(mask(evil), str)
