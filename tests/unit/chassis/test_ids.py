"""Ids are in the order of time, so that a range of them is a span of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.clock import SystemClock
from services.chassis.ids import first_id, new_id

INSTANTS = st.floats(0, 7e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def test_an_id_made_now_lies_between_the_bounds_of_now() -> None:
    before = SystemClock().now()
    made = new_id()
    after = SystemClock().now()

    assert first_id(before) < made < first_id(after + timedelta(milliseconds=1))


@given(INSTANTS, INSTANTS)
def test_bounds_are_in_the_order_of_their_milliseconds(one: datetime, other: datetime) -> None:
    one, other = min(one, other), max(one, other)

    assert first_id(one) <= first_id(other) < first_id(other + timedelta(milliseconds=1))
