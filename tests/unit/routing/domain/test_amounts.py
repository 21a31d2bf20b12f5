"""Amounts of money and numbers of households as people write them (R60, R63)."""

from __future__ import annotations

import pytest

from services.routing.domain.amounts import households, yuan


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("家具泡坏,损失3万元", 30_000),
        ("损失约 12,500.50 元", 12_500),
        ("造成经济损失两千多元", 2_000),
        ("经济损失三万五千元", 35_000),
        ("损失1.5万元,另付500元", 15_000),
        ("loss of rmb 8000 so far", 8_000),
        ("i had a loss of 6,000 yuan", 6_000),
        ("损失很大", None),
        ("物业费2000元。损失很大", None),
        ("停车30元一天", None),
    ],
)
def test_a_loss_is_the_largest_amount_beside_the_word(text: str, amount: int | None) -> None:
    assert yuan(text, ["损失", "loss"]) == amount


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("我们5户联名投诉", 5),
        ("全楼二十三户业主联名", 23),
        ("十几户联名", 11),
        ("81名业主联名签字", 81),
        ("一百二十户联名", 120),
        ("3户不满,12户联名", 12),
        ("7 households jointly ask", 7),
        ("业主联名", None),
        ("楼里有30户。我联名投诉", None),
    ],
)
def test_a_group_is_the_largest_number_beside_the_word(text: str, count: int | None) -> None:
    assert households(text, ["联名", "jointly"]) == count
